package dev.jvmm.kvm.abi;

/** {@code struct kvm_enable_cap}: a capability to enable. Offsets in bytes. */
public final class KvmEnableCap {
    public static final int CAP = 0;
    public static final int FLAGS = 4;
    public static final int ARGS = 8;
    public static final int SIZE = 104;

    private KvmEnableCap() {}
}
