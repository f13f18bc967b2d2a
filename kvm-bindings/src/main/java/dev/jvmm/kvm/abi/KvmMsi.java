package dev.jvmm.kvm.abi;

/** {@code struct kvm_msi}: a message-signalled interrupt. Offsets in bytes. */
public final class KvmMsi {
    public static final int ADDRESS_LO = 0;
    public static final int ADDRESS_HI = 4;
    public static final int DATA = 8;
    public static final int FLAGS = 12;
    public static final int SIZE = 32;

    private KvmMsi() {}
}
