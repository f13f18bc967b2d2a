package dev.jvmm.kvm.abi;

/** {@code struct kvm_run}: the page shared with the kernel: what a vCPU's exit was. Offsets in bytes. */
public final class KvmRun {
    public static final int REQUEST_INTERRUPT_WINDOW = 0;
    public static final int IMMEDIATE_EXIT = 1;
    public static final int EXIT_REASON = 8;
    public static final int READY_FOR_INTERRUPT_INJECTION = 12;
    public static final int IF_FLAG = 13;
    public static final int FLAGS = 14;
    public static final int CR8 = 16;
    public static final int APIC_BASE = 24;
    public static final int HW_HARDWARE_EXIT_REASON = 32;
    public static final int FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON = 32;
    public static final int FAIL_ENTRY_CPU = 40;
    public static final int DEBUG_ARCH_EXCEPTION = 32;
    public static final int DEBUG_ARCH_PC = 40;
    public static final int DEBUG_ARCH_DR6 = 48;
    public static final int DEBUG_ARCH_DR7 = 56;
    public static final int IO_DIRECTION = 32;
    public static final int IO_SIZE = 33;
    public static final int IO_PORT = 34;
    public static final int IO_COUNT = 36;
    public static final int IO_DATA_OFFSET = 40;
    public static final int MMIO_PHYS_ADDR = 32;
    public static final int MMIO_DATA = 40;
    public static final int MMIO_LEN = 48;
    public static final int MMIO_IS_WRITE = 52;
    public static final int INTERNAL_SUBERROR = 32;
    public static final int INTERNAL_NDATA = 36;
    public static final int INTERNAL_DATA = 40;
    public static final int EMULATION_FAILURE_SUBERROR = 32;
    public static final int EMULATION_FAILURE_NDATA = 36;
    public static final int EMULATION_FAILURE_FLAGS = 40;
    public static final int EMULATION_FAILURE_INSN_SIZE = 48;
    public static final int EMULATION_FAILURE_INSN_BYTES = 49;
    public static final int SYSTEM_EVENT_TYPE = 32;
    public static final int SYSTEM_EVENT_NDATA = 36;
    public static final int SYSTEM_EVENT_DATA = 40;
    public static final int EOI_VECTOR = 32;
    public static final int MSR_ERROR = 32;
    public static final int MSR_REASON = 40;
    public static final int MSR_INDEX = 44;
    public static final int MSR_DATA = 48;
    public static final int KVM_VALID_REGS = 288;
    public static final int KVM_DIRTY_REGS = 296;
    public static final int SIZE = 2352;

    private KvmRun() {}
}
