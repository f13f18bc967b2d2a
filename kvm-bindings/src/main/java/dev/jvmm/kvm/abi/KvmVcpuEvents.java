package dev.jvmm.kvm.abi;

/** {@code struct kvm_vcpu_events}: pending and injected events. Offsets in bytes. */
public final class KvmVcpuEvents {
    public static final int EXCEPTION_INJECTED = 0;
    public static final int EXCEPTION_NR = 1;
    public static final int EXCEPTION_HAS_ERROR_CODE = 2;
    public static final int EXCEPTION_PENDING = 3;
    public static final int EXCEPTION_ERROR_CODE = 4;
    public static final int INTERRUPT_INJECTED = 8;
    public static final int INTERRUPT_NR = 9;
    public static final int INTERRUPT_SOFT = 10;
    public static final int INTERRUPT_SHADOW = 11;
    public static final int NMI_INJECTED = 12;
    public static final int NMI_PENDING = 13;
    public static final int NMI_MASKED = 14;
    public static final int SIPI_VECTOR = 16;
    public static final int FLAGS = 20;
    public static final int SMI_SMM = 24;
    public static final int EXCEPTION_HAS_PAYLOAD = 55;
    public static final int EXCEPTION_PAYLOAD = 56;
    public static final int SIZE = 64;

    private KvmVcpuEvents() {}
}
