package dev.jvmm.machine;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.kvm.KvmCapability;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmUnavailableException;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.vm.AssistedInstructions;
import dev.jvmm.vm.VirtualMachine;

/** Takes KVM, RAM and processors from the host, and says what to do where it refuses. */
final class VmAssembly {
    private VmAssembly() {}

    static VirtualMachine create(MachineConfig config) {
        KvmSystem kvm = open();
        GuestMemory memory;
        try {
            checkProcessors(kvm, config.cpus());
            memory = allocate(config);
        } catch (RuntimeException e) {
            kvm.close();
            throw e;
        }
        return assemble(kvm, memory, config.cpus());
    }

    /** A machine with the RAM of a saved one, and nothing else of it yet. */
    static VirtualMachine create(SavedMachine saved) {
        KvmSystem kvm;
        MachineShape shape;
        try {
            shape = saved.shape();
            kvm = open();
        } catch (RuntimeException e) {
            saved.ram().close();
            throw e;
        }
        GuestMemory memory;
        try {
            memory = GuestMemory.ofFile(
                    saved.ram(), new MemoryOptions(shape.memory(), false, false, false, saved.mergeable()));
        } catch (RuntimeException e) {
            kvm.close();
            throw e;
        }
        return assemble(kvm, memory, shape.cpus());
    }

    private static VirtualMachine assemble(KvmSystem kvm, GuestMemory memory, int cpus) {
        VirtualMachine vm = VirtualMachine.create(kvm, memory, cpus, new AssistedInstructions(memory, cpus));
        vm.parts().add(MachineShape.NAME, new MachineShape(cpus, memory.size()));
        return vm;
    }

    private static KvmSystem open() {
        try {
            return KvmSystem.open();
        } catch (KvmUnavailableException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private static void checkProcessors(KvmSystem kvm, int wanted) {
        int most = kvm.check(KvmCapability.MAX_VCPUS);
        if (wanted > most) {
            throw new ConfigException(wanted + " virtual CPUs: this host's KVM allows " + most);
        }
    }

    private static GuestMemory allocate(MachineConfig config) {
        try {
            return GuestMemory.allocate(config.memory());
        } catch (SystemCallException e) {
            String advice = config.memory().hugepages()
                    ? ". Reserve huge pages first: sysctl vm.nr_hugepages="
                            + (config.memory().size() >> 21) + ", or leave --hugepages out"
                    : e.errno() == Errno.ENOMEM ? ". Give the guest less memory, or free some on the host" : "";
            throw new ConfigException("guest memory of " + MemorySize.format(config.memory().size()) + ": "
                    + e.getMessage() + advice);
        }
    }
}
