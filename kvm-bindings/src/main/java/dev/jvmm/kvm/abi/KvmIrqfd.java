package dev.jvmm.kvm.abi;

/** {@code struct kvm_irqfd}: binds an eventfd to a GSI. Offsets in bytes. */
public final class KvmIrqfd {
    public static final int FD = 0;
    public static final int GSI = 4;
    public static final int FLAGS = 8;
    public static final int RESAMPLEFD = 12;
    public static final int SIZE = 32;

    private KvmIrqfd() {}
}
