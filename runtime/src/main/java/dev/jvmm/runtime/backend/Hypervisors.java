package dev.jvmm.runtime.backend;

import dev.jvmm.machine.MachineFactory;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.runtime.backend.QemuOptions.Accelerator;
import dev.jvmm.runtime.config.RuntimeConfiguration;

/** Makes the hypervisor that a configuration names. */
public final class Hypervisors {
    private Hypervisors() {}

    /**
     * A hypervisor for one guest; nothing is created yet.
     *
     * @param machines makes jvmm's machines
     * @param listener hears how one of those comes up; other hypervisors tell nothing
     */
    public static Hypervisor open(RuntimeConfiguration configuration, MachineFactory machines,
            MachineListener listener) {
        return switch (configuration.backend()) {
            case JVMM -> new JvmmHypervisor(machines, listener);
            case QEMU -> new QemuHypervisor(new QemuOptions(configuration.binary(), Accelerator.KVM));
        };
    }
}
