package dev.jvmm.kvm.abi;

/** {@code struct kvm_xsave}: the XSAVE image in standard format. Offsets in bytes. */
public final class KvmXsave {
    public static final int REGION = 0;
    public static final int SIZE = 4096;

    private KvmXsave() {}
}
