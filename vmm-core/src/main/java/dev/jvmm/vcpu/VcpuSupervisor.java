package dev.jvmm.vcpu;

import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.VcpuExit;

/** What a vCPU's thread asks of the machine around it. Called on that thread. */
public interface VcpuSupervisor {
    /** The guest asked KVM itself for a power-off, reset or crash, by {@code KVM_SYSTEM_EVENT_*}. */
    void systemEvent(int type);

    /** The guest died by a triple fault, which on a PC resets the machine. */
    void tripleFault();

    /**
     * KVM's emulator gave up on an instruction.
     *
     * @return whether it was finished and the vCPU can go on
     */
    boolean finishInstruction(KvmVcpu vcpu, VcpuExit.EmulationFailed exit);

    /**
     * The host could not supply memory that the guest wanted to use.
     *
     * @return whether it can now and the vCPU can try again
     */
    boolean supplyMemory(KvmVcpu vcpu);

    /** This vCPU can not go on; the message says why and what to do. The machine ends. */
    void failed(KvmVcpu vcpu, String message);
}
