package dev.jvmm.kvm;

/** {@code KVM_CAP_*} of {@code linux/kvm.h}: what {@link KvmSystem#check} can be asked about. */
public enum KvmCapability {
    IRQCHIP(0),
    USER_MEMORY(3),
    SET_TSS_ADDR(4),
    NR_VCPUS(9),
    MAX_VCPUS(66),
    NR_MEMSLOTS(10),
    MP_STATE(14),
    IRQFD(32),
    PIT2(33),
    IOEVENTFD(36),
    SET_IDENTITY_MAP_ADDR(37),
    ADJUST_CLOCK(39),
    VCPU_EVENTS(41),
    DEBUGREGS(50),
    XSAVE(55),
    XCRS(56),
    TSC_CONTROL(60),
    GET_TSC_KHZ(61),
    TSC_DEADLINE_TIMER(72),
    READONLY_MEM(81),
    IRQFD_RESAMPLE(82),
    IOEVENTFD_NO_LENGTH(100),
    SPLIT_IRQCHIP(121),
    MAX_VCPU_ID(128),
    X2APIC_API(129),
    IMMEDIATE_EXIT(136),
    X86_USER_SPACE_MSR(188),
    X86_MSR_FILTER(189),
    DIRTY_LOG_RING(192),
    XSAVE2(208),
    EXIT_ON_EMULATION_FAILURE(204),
    SYNC_REGS(74),
    SIGNAL_MSI(77),
    VM_TSC_CONTROL(214),
    KVMCLOCK_CTRL(76);

    private final int number;

    KvmCapability(int number) {
        this.number = number;
    }

    /** The number in the kernel's header. */
    public int number() {
        return number;
    }
}
