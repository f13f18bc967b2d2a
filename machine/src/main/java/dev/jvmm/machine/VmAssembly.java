package dev.jvmm.machine;

import dev.jvmm.kvm.KvmCapability;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmUnavailableException;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.memory.GuestMemory;
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
        return VirtualMachine.create(kvm, memory, config.cpus(), new AssistedInstructions(memory, config.cpus()));
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
