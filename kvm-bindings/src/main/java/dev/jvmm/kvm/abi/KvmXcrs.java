package dev.jvmm.kvm.abi;

/** {@code struct kvm_xcrs}: extended control registers. Offsets in bytes. */
public final class KvmXcrs {
    public static final int NR_XCRS = 0;
    public static final int FLAGS = 4;
    public static final int XCRS = 8;
    public static final int SIZE = 392;

    private KvmXcrs() {}
}
