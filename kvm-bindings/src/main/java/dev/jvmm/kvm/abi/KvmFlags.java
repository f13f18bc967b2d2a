package dev.jvmm.kvm.abi;

/** Other constants of {@code linux/kvm.h}, by their names there without {@code KVM_}. */
public final class KvmFlags {
    public static final int MEM_LOG_DIRTY_PAGES = 1;
    public static final int MEM_READONLY = 2;
    public static final int IRQFD_FLAG_DEASSIGN = 1;
    public static final int IRQFD_FLAG_RESAMPLE = 2;
    public static final int IOEVENTFD_FLAG_DATAMATCH = 1;
    public static final int IOEVENTFD_FLAG_PIO = 2;
    public static final int IOEVENTFD_FLAG_DEASSIGN = 4;
    public static final int PIT_SPEAKER_DUMMY = 1;
    public static final int CPUID_FLAG_SIGNIFCANT_INDEX = 1;
    public static final int INTERNAL_ERROR_EMULATION = 1;
    public static final int INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES = 1;
    public static final int VCPUEVENT_VALID_SHADOW = 4;
    public static final int VCPUEVENT_VALID_PAYLOAD = 16;
    public static final int MP_STATE_RUNNABLE = 0;
    public static final int MP_STATE_UNINITIALIZED = 1;
    public static final int MP_STATE_HALTED = 3;
    public static final int EXIT_IO_OUT = 1;
    public static final int EXIT_IO_IN = 0;

    private KvmFlags() {}
}
