package dev.jvmm.memory;

/**
 * The whole guest-physical address map, and the port map, in one place.
 *
 * <pre>
 * 0x0000_0000  RAM: boot structures below 640 KiB, the kernel from 1 MiB
 * 0x000A_0000  hole up to 1 MiB (kept as RAM, marked reserved in the memory map): ACPI tables from 0xE0000
 * 0x0010_0000  RAM up to min(size, 3 GiB)
 * 0xC000_0000  32-bit device hole: virtio-mmio slots, I/O APIC, local APIC, KVM's own pages
 * 1_0000_0000  RAM beyond 3 GiB
 *              behind RAM, at multiples of 1 GiB: memory windows, such as persistent memory (MemoryWindows)
 * </pre>
 */
public final class AddressMap {
    public static final long PAGE_SIZE = 4096;

    /** Boot GDT, IDT, page tables, boot_params, command line: written before the first instruction, free afterwards. */
    public static final long BOOT_GDT = 0x500;

    public static final long BOOT_IDT = 0x520;
    public static final long PVH_START_INFO = 0x6000;
    public static final long ZERO_PAGE = 0x7000;
    public static final long BOOT_STACK = 0x8FF0;
    public static final long BOOT_PAGE_TABLES = 0x9000;
    public static final long COMMAND_LINE = 0x2_0000;
    public static final int COMMAND_LINE_MAX = 0x1_0000;

    /** The MP table's floating pointer, in the last KiB of base memory as MP 1.4 section 4 wants it; end of usable low RAM. */
    public static final long MP_TABLE = 0x9_FC00;

    public static final long LOW_RAM_END = MP_TABLE;
    public static final long ACPI_TABLES = 0xE_0000;
    public static final long ACPI_TABLES_END = 0xF_D000;

    /** The MP configuration table itself, in the BIOS area: the last KiB of base memory holds only some forty processors. */
    public static final long MP_CONFIG_TABLE = ACPI_TABLES_END;

    /** In machines with ACPI, which have no MP table: the page through which the methods of NVDIMMs ask. */
    public static final long NVDIMM_MAILBOX = ACPI_TABLES_END;

    /** A page that stays free: linkers put the ELF header there, in front of a program that is linked at 1 MiB. */
    public static final long ELF_HEADER_PAGE = 0xF_F000;

    /** F000:FFF0, a PC BIOS's entry in real mode; in the page above, whose header does not reach so far. */
    public static final long RESET_VECTOR = 0xF_FFF0;

    public static final long HIGH_MEMORY_START = 0x10_0000;

    /** RAM below 4 GiB ends here at the latest. */
    public static final long DEVICE_HOLE_START = 0xC000_0000L;

    public static final long DEVICE_HOLE_END = 0x1_0000_0000L;
    public static final long RAM_ABOVE_4G = 0x1_0000_0000L;

    /** virtio-mmio slots, one page each. */
    public static final long VIRTIO_MMIO_START = 0xD000_0000L;

    public static final long VIRTIO_MMIO_STRIDE = PAGE_SIZE;

    /** Flush hints of NVDIMMs, one page each: a guest writes there when what it wrote to the NVDIMM has to be safe. */
    public static final long NVDIMM_FLUSH_START = 0xD010_0000L;

    public static final long IO_APIC = 0xFEC0_0000L;
    public static final long LOCAL_APIC = 0xFEE0_0000L;

    /** One page for KVM's identity map and three for its TSS, as Intel hosts without unrestricted guests need them. */
    public static final long KVM_IDENTITY_MAP = 0xFFFB_C000L;

    public static final long KVM_TSS = 0xFFFB_D000L;

    public static final int PORT_COM1 = 0x3F8;
    public static final int PORT_COM2 = 0x2F8;
    public static final int IRQ_COM1 = 4;
    public static final int IRQ_COM2 = 3;
    public static final int PORT_I8042_DATA = 0x60;
    public static final int PORT_I8042_COMMAND = 0x64;
    public static final int PORT_CMOS = 0x70;
    public static final int IRQ_CMOS = 8;
    public static final int PORT_POST_CODE = 0x80;
    public static final int PORT_PVPANIC = 0x505;
    /** Eight bytes, little-endian: {@code dev.jvmm.legacy.HostClock}, jvmm's own. */
    public static final int PORT_HOST_CLOCK = 0x508;
    public static final int PORT_RESET = 0xCF9;

    /** Hardware-reduced ACPI: sleep control, sleep status, then the Generic Event Device's registers. */
    public static final int PORT_ACPI_SLEEP_CONTROL = 0x600;

    public static final int PORT_ACPI_SLEEP_STATUS = 0x601;
    public static final int PORT_ACPI_GED = 0x610;
    public static final int PORT_ACPI_GED_SIZE = 0x10;

    /** Hotplug of virtio-mmio slots: {@code dev.jvmm.legacy.AcpiSlots}, jvmm's own. */
    public static final int PORT_ACPI_SLOTS = 0x700;

    public static final int PORT_ACPI_SLOTS_SIZE = 0x110;

    /** Where the methods of NVDIMMs knock: {@code dev.jvmm.legacy.NvdimmMailbox}, jvmm's own. */
    public static final int PORT_NVDIMM = 0x620;

    /** What the guest writes into the sleep control register's SLP_TYP field (bits 2 to 4) together with SLP_EN (bit 5) to power off. */
    public static final int ACPI_SLEEP_TYPE_S5 = 5;

    /**
     * Bits of the 32-bit register at {@link #PORT_ACPI_GED} that says why the Generic Event Device interrupts. The device sets a bit,
     * then raises the edge; a 4-byte read returns all bits and clears them.
     */
    public static final int GED_POWER_BUTTON = 1;

    public static final int GED_SLOTS = 1 << 1;
    public static final int GED_CPUS = 1 << 2;
    public static final int GED_MEMORY = 1 << 3;
    public static final int GED_NVDIMM = 1 << 4;

    /** GSI of ACPI's Generic Event Device. */
    public static final int GSI_GED = 9;

    /** The most virtio-mmio slots of a machine. */
    public static final int VIRTIO_SLOTS_MAX = 128;

    /** The I/O APIC's pins that no legacy device uses; 12 comes last, since some kernels look for a mouse there. */
    private static final int[] VIRTIO_GSIS = { 5, 6, 7, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 12 };

    /** The least and the most RAM a guest may have, in bytes. */
    public static final long MIN_RAM = 1L << 20;

    public static final long MAX_RAM = 4L << 40;

    private AddressMap() {}

    /** Where the registers of a virtio-mmio slot lie, guest-physical. */
    public static long virtioAddress(int slot) {
        return VIRTIO_MMIO_START + slot * VIRTIO_MMIO_STRIDE;
    }

    /** The GSI of a virtio-mmio slot, edge-triggered; beyond the sixteenth slot they share. */
    public static int virtioGsi(int slot) {
        return VIRTIO_GSIS[slot % VIRTIO_GSIS.length];
    }
}
