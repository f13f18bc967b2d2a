package dev.jvmm.kvm.abi;

/** {@code struct kvm_irq_level}: level of an interrupt line. Offsets in bytes. */
public final class KvmIrqLevel {
    public static final int IRQ = 0;
    public static final int LEVEL = 4;
    public static final int SIZE = 8;

    private KvmIrqLevel() {}
}
