package dev.jvmm.kvm.abi;

/**
 * The ioctl table of {@code linux/kvm.h}: system, VM, then vCPU calls. A row's size comes from the struct it carries.
 * KVM_SET_IRQCHIP is declared {@code _IOR} in the header although the kernel reads the struct.
 */
public final class KvmIoctl {
    public static final Ioctl GET_API_VERSION = Ioctl.io("KVM_GET_API_VERSION", 0x00);
    public static final Ioctl CREATE_VM = Ioctl.io("KVM_CREATE_VM", 0x01);
    public static final Ioctl GET_MSR_INDEX_LIST = Ioctl.iowr("KVM_GET_MSR_INDEX_LIST", 0x02, KvmMsrList.SIZE);
    public static final Ioctl CHECK_EXTENSION = Ioctl.io("KVM_CHECK_EXTENSION", 0x03);
    public static final Ioctl GET_VCPU_MMAP_SIZE = Ioctl.io("KVM_GET_VCPU_MMAP_SIZE", 0x04);
    public static final Ioctl GET_SUPPORTED_CPUID = Ioctl.iowr("KVM_GET_SUPPORTED_CPUID", 0x05, KvmCpuid2.SIZE);

    public static final Ioctl CREATE_VCPU = Ioctl.io("KVM_CREATE_VCPU", 0x41);
    public static final Ioctl SET_USER_MEMORY_REGION = Ioctl.iow("KVM_SET_USER_MEMORY_REGION", 0x46,
            KvmUserspaceMemoryRegion.SIZE);
    public static final Ioctl SET_TSS_ADDR = Ioctl.io("KVM_SET_TSS_ADDR", 0x47);
    public static final Ioctl SET_IDENTITY_MAP_ADDR = Ioctl.iow("KVM_SET_IDENTITY_MAP_ADDR", 0x48, Long.BYTES);
    public static final Ioctl CREATE_IRQCHIP = Ioctl.io("KVM_CREATE_IRQCHIP", 0x60);
    public static final Ioctl IRQ_LINE = Ioctl.iow("KVM_IRQ_LINE", 0x61, KvmIrqLevel.SIZE);
    public static final Ioctl GET_IRQCHIP = Ioctl.iowr("KVM_GET_IRQCHIP", 0x62, KvmIrqchip.SIZE);
    public static final Ioctl SET_IRQCHIP = Ioctl.ior("KVM_SET_IRQCHIP", 0x63, KvmIrqchip.SIZE);
    public static final Ioctl IRQFD = Ioctl.iow("KVM_IRQFD", 0x76, KvmIrqfd.SIZE);
    public static final Ioctl CREATE_PIT2 = Ioctl.iow("KVM_CREATE_PIT2", 0x77, KvmPitConfig.SIZE);
    public static final Ioctl IOEVENTFD = Ioctl.iow("KVM_IOEVENTFD", 0x79, KvmIoeventfd.SIZE);
    public static final Ioctl SET_CLOCK = Ioctl.iow("KVM_SET_CLOCK", 0x7B, KvmClockData.SIZE);
    public static final Ioctl GET_CLOCK = Ioctl.ior("KVM_GET_CLOCK", 0x7C, KvmClockData.SIZE);
    public static final Ioctl GET_PIT2 = Ioctl.ior("KVM_GET_PIT2", 0x9F, KvmPitState2.SIZE);
    public static final Ioctl SET_PIT2 = Ioctl.iow("KVM_SET_PIT2", 0xA0, KvmPitState2.SIZE);
    public static final Ioctl ENABLE_CAP = Ioctl.iow("KVM_ENABLE_CAP", 0xA3, KvmEnableCap.SIZE);
    public static final Ioctl SIGNAL_MSI = Ioctl.iow("KVM_SIGNAL_MSI", 0xA5, KvmMsi.SIZE);

    public static final Ioctl RUN = Ioctl.io("KVM_RUN", 0x80);
    public static final Ioctl GET_REGS = Ioctl.ior("KVM_GET_REGS", 0x81, KvmRegs.SIZE);
    public static final Ioctl SET_REGS = Ioctl.iow("KVM_SET_REGS", 0x82, KvmRegs.SIZE);
    public static final Ioctl GET_SREGS = Ioctl.ior("KVM_GET_SREGS", 0x83, KvmSregs.SIZE);
    public static final Ioctl SET_SREGS = Ioctl.iow("KVM_SET_SREGS", 0x84, KvmSregs.SIZE);
    public static final Ioctl TRANSLATE = Ioctl.iowr("KVM_TRANSLATE", 0x85, KvmTranslation.SIZE);
    public static final Ioctl GET_MSRS = Ioctl.iowr("KVM_GET_MSRS", 0x88, KvmMsrs.SIZE);
    public static final Ioctl SET_MSRS = Ioctl.iow("KVM_SET_MSRS", 0x89, KvmMsrs.SIZE);
    public static final Ioctl SET_SIGNAL_MASK = Ioctl.iow("KVM_SET_SIGNAL_MASK", 0x8B, KvmSignalMask.SIZE);
    public static final Ioctl GET_FPU = Ioctl.ior("KVM_GET_FPU", 0x8C, KvmFpu.SIZE);
    public static final Ioctl SET_FPU = Ioctl.iow("KVM_SET_FPU", 0x8D, KvmFpu.SIZE);
    public static final Ioctl GET_LAPIC = Ioctl.ior("KVM_GET_LAPIC", 0x8E, KvmLapicState.SIZE);
    public static final Ioctl SET_LAPIC = Ioctl.iow("KVM_SET_LAPIC", 0x8F, KvmLapicState.SIZE);
    public static final Ioctl SET_CPUID2 = Ioctl.iow("KVM_SET_CPUID2", 0x90, KvmCpuid2.SIZE);
    public static final Ioctl GET_CPUID2 = Ioctl.iowr("KVM_GET_CPUID2", 0x91, KvmCpuid2.SIZE);
    public static final Ioctl GET_MP_STATE = Ioctl.ior("KVM_GET_MP_STATE", 0x98, KvmMpState.SIZE);
    public static final Ioctl SET_MP_STATE = Ioctl.iow("KVM_SET_MP_STATE", 0x99, KvmMpState.SIZE);
    public static final Ioctl NMI = Ioctl.io("KVM_NMI", 0x9A);
    public static final Ioctl SET_GUEST_DEBUG = Ioctl.iow("KVM_SET_GUEST_DEBUG", 0x9B, KvmGuestDebug.SIZE);
    public static final Ioctl GET_VCPU_EVENTS = Ioctl.ior("KVM_GET_VCPU_EVENTS", 0x9F, KvmVcpuEvents.SIZE);
    public static final Ioctl SET_VCPU_EVENTS = Ioctl.iow("KVM_SET_VCPU_EVENTS", 0xA0, KvmVcpuEvents.SIZE);
    public static final Ioctl GET_DEBUGREGS = Ioctl.ior("KVM_GET_DEBUGREGS", 0xA1, KvmDebugregs.SIZE);
    public static final Ioctl SET_DEBUGREGS = Ioctl.iow("KVM_SET_DEBUGREGS", 0xA2, KvmDebugregs.SIZE);
    public static final Ioctl SET_TSC_KHZ = Ioctl.io("KVM_SET_TSC_KHZ", 0xA2);
    public static final Ioctl GET_TSC_KHZ = Ioctl.io("KVM_GET_TSC_KHZ", 0xA3);
    public static final Ioctl GET_XSAVE = Ioctl.ior("KVM_GET_XSAVE", 0xA4, KvmXsave.SIZE);
    public static final Ioctl SET_XSAVE = Ioctl.iow("KVM_SET_XSAVE", 0xA5, KvmXsave.SIZE);
    public static final Ioctl GET_XCRS = Ioctl.ior("KVM_GET_XCRS", 0xA6, KvmXcrs.SIZE);
    public static final Ioctl SET_XCRS = Ioctl.iow("KVM_SET_XCRS", 0xA7, KvmXcrs.SIZE);
    public static final Ioctl KVMCLOCK_CTRL = Ioctl.io("KVM_KVMCLOCK_CTRL", 0xAD);
    public static final Ioctl GET_XSAVE2 = Ioctl.ior("KVM_GET_XSAVE2", 0xCF, KvmXsave.SIZE);

    private KvmIoctl() {}
}
