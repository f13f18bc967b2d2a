package dev.jvmm.kvm.abi;

/** {@code struct kvm_irqchip}: state of one PIC or the I/O APIC. Offsets in bytes. */
public final class KvmIrqchip {
    public static final int CHIP_ID = 0;
    public static final int CHIP = 8;
    public static final int SIZE = 520;

    private KvmIrqchip() {}
}
