package dev.jvmm.kvm.abi;

/** {@code struct kvm_dtable}: GDTR or IDTR. Offsets in bytes. */
public final class KvmDtable {
    public static final int BASE = 0;
    public static final int LIMIT = 8;
    public static final int SIZE = 16;

    private KvmDtable() {}
}
