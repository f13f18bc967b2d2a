package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.Ioctl;
import dev.jvmm.kvm.abi.KvmDebugregs;
import dev.jvmm.kvm.abi.KvmFpu;
import dev.jvmm.kvm.abi.KvmIoctl;
import dev.jvmm.kvm.abi.KvmLapicState;
import dev.jvmm.kvm.abi.KvmMpState;
import dev.jvmm.kvm.abi.KvmRegs;
import dev.jvmm.kvm.abi.KvmSregs;
import dev.jvmm.kvm.abi.KvmVcpuEvents;
import dev.jvmm.kvm.abi.KvmXcrs;
import dev.jvmm.kvm.abi.KvmXsave;

/** The pieces of a vCPU's state that KVM reads and writes as one struct of fixed size. */
public enum VcpuState {
    REGS(KvmRegs.SIZE, KvmIoctl.GET_REGS, KvmIoctl.SET_REGS),
    SREGS(KvmSregs.SIZE, KvmIoctl.GET_SREGS, KvmIoctl.SET_SREGS),
    FPU(KvmFpu.SIZE, KvmIoctl.GET_FPU, KvmIoctl.SET_FPU),
    /** 4096 bytes; hosts with dynamically enabled features (AMX) have more, which guests of this monitor are not given. */
    XSAVE(KvmXsave.SIZE, KvmIoctl.GET_XSAVE, KvmIoctl.SET_XSAVE),
    XCRS(KvmXcrs.SIZE, KvmIoctl.GET_XCRS, KvmIoctl.SET_XCRS),
    LAPIC(KvmLapicState.SIZE, KvmIoctl.GET_LAPIC, KvmIoctl.SET_LAPIC),
    EVENTS(KvmVcpuEvents.SIZE, KvmIoctl.GET_VCPU_EVENTS, KvmIoctl.SET_VCPU_EVENTS),
    MP_STATE(KvmMpState.SIZE, KvmIoctl.GET_MP_STATE, KvmIoctl.SET_MP_STATE),
    DEBUGREGS(KvmDebugregs.SIZE, KvmIoctl.GET_DEBUGREGS, KvmIoctl.SET_DEBUGREGS);

    private final int size;
    private final Ioctl get;
    private final Ioctl set;

    VcpuState(int size, Ioctl get, Ioctl set) {
        this.size = size;
        this.get = get;
        this.set = set;
    }

    /** The struct's size in bytes. */
    public int size() {
        return size;
    }

    Ioctl getter() {
        return get;
    }

    Ioctl setter() {
        return set;
    }
}
