package dev.jvmm.kvm.abi;

/** {@code struct kvm_pit_state2}: state of the PIT. Offsets in bytes. */
public final class KvmPitState2 {
    public static final int CHANNELS = 0;
    public static final int FLAGS = 72;
    public static final int SIZE = 112;

    private KvmPitState2() {}
}
