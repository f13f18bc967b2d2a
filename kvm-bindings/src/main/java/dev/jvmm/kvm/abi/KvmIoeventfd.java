package dev.jvmm.kvm.abi;

/** {@code struct kvm_ioeventfd}: binds a guest write to an eventfd. Offsets in bytes. */
public final class KvmIoeventfd {
    public static final int DATAMATCH = 0;
    public static final int ADDR = 8;
    public static final int LEN = 16;
    public static final int FD = 20;
    public static final int FLAGS = 24;
    public static final int SIZE = 64;

    private KvmIoeventfd() {}
}
