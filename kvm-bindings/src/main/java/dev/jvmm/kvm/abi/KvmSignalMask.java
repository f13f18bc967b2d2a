package dev.jvmm.kvm.abi;

/** {@code struct kvm_signal_mask}: signals blocked while in KVM_RUN. Offsets in bytes. */
public final class KvmSignalMask {
    public static final int LEN = 0;
    public static final int SIGSET = 4;
    public static final int SIZE = 4;

    private KvmSignalMask() {}
}
