package dev.jvmm.vm;

import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.VcpuExit;

/** Finishes instructions that KVM's emulator gives up on. Called on the vCPU's thread, for several vCPUs at once. */
@FunctionalInterface
public interface InstructionFinisher {
    /**
     * Finishes one instruction on the vCPU's saved state.
     *
     * @return empty when the vCPU can go on; else why not, with the bytes, the RIP and what to do
     */
    String finish(KvmVcpu vcpu, VcpuExit.EmulationFailed exit);
}
