package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmClockData;
import dev.jvmm.kvm.abi.KvmEnableCap;
import dev.jvmm.kvm.abi.KvmFlags;
import dev.jvmm.kvm.abi.KvmIoctl;
import dev.jvmm.kvm.abi.KvmIoeventfd;
import dev.jvmm.kvm.abi.KvmIrqLevel;
import dev.jvmm.kvm.abi.KvmIrqchip;
import dev.jvmm.kvm.abi.KvmIrqfd;
import dev.jvmm.kvm.abi.KvmPitConfig;
import dev.jvmm.kvm.abi.KvmPitState2;
import dev.jvmm.kvm.abi.KvmUserspaceMemoryRegion;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SystemCallException;
import java.nio.ByteBuffer;

/**
 * A virtual machine: memory slots, interrupt chips, event routing, vCPUs. Calls may come from any thread. Closing it frees the
 * machine in the kernel once its vCPUs are closed too.
 */
public final class KvmVm extends KvmFd {
    /** Chips of {@link #irqchip} and {@link #setIrqchip}. */
    public static final int CHIP_PIC_MASTER = 0;

    public static final int CHIP_PIC_SLAVE = 1;
    public static final int CHIP_IOAPIC = 2;

    /** Bytes of {@link #irqchip}. */
    public static final int IRQCHIP_SIZE = KvmIrqchip.SIZE;

    /** Bytes of {@link #pit}. */
    public static final int PIT_SIZE = KvmPitState2.SIZE;

    private final int vcpuMmapSize;

    /** Used by {@link #irqLine} under this object's monitor, since devices raise lines often. */
    private final ByteBuffer irqLevel = NativeBuffers.allocate(KvmIrqLevel.SIZE);

    KvmVm(int fd, int vcpuMmapSize) {
        super(fd);
        this.vcpuMmapSize = vcpuMmapSize;
    }

    /** KVM_CHECK_EXTENSION on the machine, which may know better than the system. */
    public int check(KvmCapability capability) {
        return (int) call(KvmIoctl.CHECK_EXTENSION, capability.number());
    }

    /** Bytes of a vCPU's vector state on this host ({@code KVM_CAP_XSAVE2}): 4096, or more where AMX is given to guests. */
    public int xsaveSize() {
        return Math.max(VcpuState.XSAVE.size(), check(KvmCapability.XSAVE2));
    }

    /**
     * Places host memory into the guest's physical space.
     *
     * @param slot a number below KVM_CAP_NR_MEMSLOTS; naming it again replaces it
     * @param readOnly whether guest writes become MMIO exits
     * @param guestPhysical page-aligned guest-physical address
     * @param size bytes, a multiple of the page size; 0 removes the slot
     * @param hostAddress page-aligned address in this process; must stay mapped while the slot exists
     */
    public void setMemory(int slot, boolean readOnly, long guestPhysical, long size, long hostAddress) {
        ByteBuffer region = NativeBuffers.allocate(KvmUserspaceMemoryRegion.SIZE);
        region.putInt(KvmUserspaceMemoryRegion.SLOT, slot);
        region.putInt(KvmUserspaceMemoryRegion.FLAGS, readOnly ? KvmFlags.MEM_READONLY : 0);
        region.putLong(KvmUserspaceMemoryRegion.GUEST_PHYS_ADDR, guestPhysical);
        region.putLong(KvmUserspaceMemoryRegion.MEMORY_SIZE, size);
        region.putLong(KvmUserspaceMemoryRegion.USERSPACE_ADDR, hostAddress);
        call(KvmIoctl.SET_USER_MEMORY_REGION, region);
    }

    /** Names three guest-physical pages below 4 GiB for KVM's own task-state segment (Intel hosts); before any vCPU. */
    public void setTssAddress(long guestPhysical) {
        call(KvmIoctl.SET_TSS_ADDR, guestPhysical);
    }

    /** Names one guest-physical page below 4 GiB for KVM's identity map (Intel hosts); before any vCPU. */
    public void setIdentityMapAddress(long guestPhysical) {
        ByteBuffer address = NativeBuffers.allocate(Long.BYTES).putLong(0, guestPhysical);
        call(KvmIoctl.SET_IDENTITY_MAP_ADDR, address);
    }

    /** Creates both PICs, the I/O APIC and a local APIC for every vCPU to come. */
    public void createIrqchip() {
        call(KvmIoctl.CREATE_IRQCHIP, 0);
    }

    /** Creates the 8254 timer; port 0x61 is handled by the kernel too. Needs the interrupt chips. */
    public void createPit() {
        ByteBuffer config = NativeBuffers.allocate(KvmPitConfig.SIZE);
        config.putInt(KvmPitConfig.FLAGS, KvmFlags.PIT_SPEAKER_DUMMY);
        call(KvmIoctl.CREATE_PIT2, config);
    }

    /** Drives an interrupt line of the chips in the kernel. Allocates nothing. */
    public synchronized void irqLine(int gsi, boolean level) {
        irqLevel.putInt(KvmIrqLevel.IRQ, gsi);
        irqLevel.putInt(KvmIrqLevel.LEVEL, level ? 1 : 0);
        call(KvmIoctl.IRQ_LINE, irqLevel);
    }

    /** Lets a write to an eventfd pulse a GSI, without this process. */
    public void bindIrqfd(int eventFd, int gsi) {
        irqfd(eventFd, gsi, 0);
    }

    /** Undoes {@link #bindIrqfd}. */
    public void unbindIrqfd(int eventFd, int gsi) {
        irqfd(eventFd, gsi, KvmFlags.IRQFD_FLAG_DEASSIGN);
    }

    private void irqfd(int eventFd, int gsi, int flags) {
        ByteBuffer irqfd = NativeBuffers.allocate(KvmIrqfd.SIZE);
        irqfd.putInt(KvmIrqfd.FD, eventFd);
        irqfd.putInt(KvmIrqfd.GSI, gsi);
        irqfd.putInt(KvmIrqfd.FLAGS, flags);
        call(KvmIoctl.IRQFD, irqfd);
    }

    /**
     * Lets a guest write signal an eventfd instead of ending KVM_RUN.
     *
     * @param address guest-physical address
     * @param length bytes of the write: 1, 2, 4 or 8
     * @param value only a write of this value counts
     */
    public void bindIoeventfd(int eventFd, long address, int length, long value) {
        ioeventfd(eventFd, address, length, value, KvmFlags.IOEVENTFD_FLAG_DATAMATCH);
    }

    /** Undoes {@link #bindIoeventfd} with the same arguments. */
    public void unbindIoeventfd(int eventFd, long address, int length, long value) {
        int flags = KvmFlags.IOEVENTFD_FLAG_DATAMATCH | KvmFlags.IOEVENTFD_FLAG_DEASSIGN;
        ioeventfd(eventFd, address, length, value, flags);
    }

    private void ioeventfd(int eventFd, long address, int length, long value, int flags) {
        ByteBuffer ioeventfd = NativeBuffers.allocate(KvmIoeventfd.SIZE);
        ioeventfd.putLong(KvmIoeventfd.DATAMATCH, value);
        ioeventfd.putLong(KvmIoeventfd.ADDR, address);
        ioeventfd.putInt(KvmIoeventfd.LEN, length);
        ioeventfd.putInt(KvmIoeventfd.FD, eventFd);
        ioeventfd.putInt(KvmIoeventfd.FLAGS, flags);
        call(KvmIoctl.IOEVENTFD, ioeventfd);
    }

    /** KVM_ENABLE_CAP with one argument. */
    public void enable(KvmCapability capability, long argument) {
        ByteBuffer enable = NativeBuffers.allocate(KvmEnableCap.SIZE);
        enable.putInt(KvmEnableCap.CAP, capability.number());
        enable.putLong(KvmEnableCap.ARGS, argument);
        call(KvmIoctl.ENABLE_CAP, enable);
    }

    /** The state of one interrupt chip, as {@code struct kvm_irqchip}. */
    public ByteBuffer irqchip(int chip) {
        ByteBuffer state = NativeBuffers.allocate(KvmIrqchip.SIZE).putInt(KvmIrqchip.CHIP_ID, chip);
        call(KvmIoctl.GET_IRQCHIP, state);
        return state;
    }

    /** Sets the state of one interrupt chip, from a struct as {@link #irqchip} gives it. */
    public void setIrqchip(int chip, ByteBuffer state) {
        state.putInt(KvmIrqchip.CHIP_ID, chip);
        call(KvmIoctl.SET_IRQCHIP, state);
    }

    /** The 8254's state, as {@code struct kvm_pit_state2}. */
    public ByteBuffer pit() {
        ByteBuffer state = NativeBuffers.allocate(KvmPitState2.SIZE);
        call(KvmIoctl.GET_PIT2, state);
        return state;
    }

    public void setPit(ByteBuffer state) {
        call(KvmIoctl.SET_PIT2, state);
    }

    /** The guest's kvmclock in nanoseconds. */
    public long clock() {
        ByteBuffer data = NativeBuffers.allocate(KvmClockData.SIZE);
        call(KvmIoctl.GET_CLOCK, data);
        return data.getLong(KvmClockData.CLOCK);
    }

    /** Sets the guest's kvmclock, in nanoseconds. */
    public void setClock(long nanos) {
        call(KvmIoctl.SET_CLOCK, NativeBuffers.allocate(KvmClockData.SIZE).putLong(KvmClockData.CLOCK, nanos));
    }

    /**
     * Creates a processor.
     *
     * @param id its number and initial APIC id, from 0
     */
    public KvmVcpu createVcpu(int id) {
        int fd = (int) call(KvmIoctl.CREATE_VCPU, id);
        try {
            return new KvmVcpu(fd, id, vcpuMmapSize);
        } catch (SystemCallException e) {
            new dev.jvmm.linux.FileDescriptor(fd).close();
            throw e;
        }
    }
}
