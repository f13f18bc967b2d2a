package dev.jvmm.kvm.abi;

/** {@code struct kvm_lapic_state}: the local APIC's register page. Offsets in bytes. */
public final class KvmLapicState {
    public static final int REGS = 0;
    public static final int SIZE = 1024;

    private KvmLapicState() {}
}
