package dev.jvmm.kvm.abi;

/** {@code struct kvm_xcr}: one of them. Offsets in bytes. */
public final class KvmXcr {
    public static final int XCR = 0;
    public static final int VALUE = 8;
    public static final int SIZE = 16;

    private KvmXcr() {}
}
