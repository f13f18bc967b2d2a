package dev.jvmm.kvm.abi;

/** {@code KVM_EXIT_*}: why KVM_RUN came back ({@code kvm_run.exit_reason}). */
public final class ExitReason {
    public static final int UNKNOWN = 0;
    public static final int EXCEPTION = 1;
    public static final int IO = 2;
    public static final int HYPERCALL = 3;
    public static final int DEBUG = 4;
    public static final int HLT = 5;
    public static final int MMIO = 6;
    public static final int IRQ_WINDOW_OPEN = 7;
    public static final int SHUTDOWN = 8;
    public static final int FAIL_ENTRY = 9;
    public static final int INTR = 10;
    public static final int SET_TPR = 11;
    public static final int INTERNAL_ERROR = 17;
    public static final int SYSTEM_EVENT = 24;
    public static final int IOAPIC_EOI = 26;
    public static final int X86_RDMSR = 29;
    public static final int X86_WRMSR = 30;

    private ExitReason() {}
}
