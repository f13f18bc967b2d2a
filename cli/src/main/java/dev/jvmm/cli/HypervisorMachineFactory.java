package dev.jvmm.cli;

import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineFactory;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.runtime.backend.Hypervisors;
import dev.jvmm.runtime.config.RuntimeConfiguration;

/** Makes machines of a container runtime's hypervisor, so that the console and the exit codes are those of {@code boot}. */
final class HypervisorMachineFactory implements MachineFactory {
    private final RuntimeConfiguration configuration;
    private final MachineFactory machines;

    /** @param machines makes the machines of jvmm itself */
    HypervisorMachineFactory(RuntimeConfiguration configuration, MachineFactory machines) {
        this.configuration = configuration;
        this.machines = machines;
    }

    @Override
    public Machine create(MachineConfig config, MachineListener listener, SerialHost console, SerialHost channel) {
        Hypervisor hypervisor = Hypervisors.open(configuration, machines, listener);
        hypervisor.create(config);
        return new HypervisorMachine(hypervisor, console);
    }
}
