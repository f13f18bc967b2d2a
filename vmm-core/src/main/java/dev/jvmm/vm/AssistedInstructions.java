package dev.jvmm.vm;

import dev.jvmm.assist.AssistOutcome;
import dev.jvmm.assist.InstructionAssist;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.VcpuExit;
import dev.jvmm.memory.GuestMemory;

/**
 * Finishes instructions with {@link InstructionAssist} on the vCPU's own state. What a vCPU needs for it is made when it first
 * fails, which on hosts with hardware virtualization is never.
 */
public final class AssistedInstructions implements InstructionFinisher {
    /** {@code KVM_INTERNAL_ERROR_EMULATION} of linux/kvm.h. */
    private static final int EMULATION = 1;

    private final GuestMemory memory;
    private final Helper[] helpers;

    /** For the vCPUs 0 to {@code processors} - 1 of the guest with this memory. */
    public AssistedInstructions(GuestMemory memory, int processors) {
        this.memory = memory;
        this.helpers = new Helper[processors];
    }

    /** What one vCPU needs; used by its thread only. */
    private record Helper(KvmCpuState state, InstructionAssist assist) {}

    @Override
    public String finish(KvmVcpu vcpu, VcpuExit.EmulationFailed exit) {
        if (exit.suberror() != EMULATION) {
            return "KVM stopped vCPU " + vcpu.id() + " with internal error " + exit.suberror()
                    + "; the host's kernel log may say more (dmesg)";
        }
        Helper helper = helpers[vcpu.id()];
        if (helper == null) {
            helper = new Helper(new KvmCpuState(vcpu), new InstructionAssist(memory));
            helpers[vcpu.id()] = helper;
        }
        helper.state().begin();
        AssistOutcome outcome = helper.assist().finish(helper.state());
        if (outcome instanceof AssistOutcome.Unfinishable unfinishable) {
            return unfinishable.message();
        }
        helper.state().commit();
        return "";
    }
}
