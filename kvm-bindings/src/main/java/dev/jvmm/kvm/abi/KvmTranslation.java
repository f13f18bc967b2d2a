package dev.jvmm.kvm.abi;

/** {@code struct kvm_translation}: a linear address translated. Offsets in bytes. */
public final class KvmTranslation {
    public static final int LINEAR_ADDRESS = 0;
    public static final int PHYSICAL_ADDRESS = 8;
    public static final int VALID = 16;
    public static final int WRITEABLE = 17;
    public static final int USERMODE = 18;
    public static final int SIZE = 24;

    private KvmTranslation() {}
}
