package dev.jvmm.kvm.abi;

/** {@code struct kvm_mp_state}: run state of a vCPU. Offsets in bytes. */
public final class KvmMpState {
    public static final int MP_STATE = 0;
    public static final int SIZE = 4;

    private KvmMpState() {}
}
