package dev.jvmm.acpi;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * All tables of a hardware-reduced ACPI machine. They go to {@link AddressMap#ACPI_TABLES}, the RSDP first, where a kernel
 * that is not told of it finds it as well.
 *
 * @param cpus processors, their APIC ids being 0 to n - 1
 * @param slots of virtio-mmio devices, in the order of their indexes; may be empty
 * @param nvdimms places for NVDIMMs, of which the NFIT among {@code extra} says which are taken
 * @param extra further whole tables with header and checksum, such as NFIT or an SSDT
 */
public record AcpiTables(int cpus, List<VirtioSlot> slots, int nvdimms, List<byte[]> extra) {
    /** As many processors as names of three hexadecimal digits can tell apart. */
    public static final int MAX_CPUS = 4096;

    private static final int ALIGNMENT = 16;

    public AcpiTables {
        if (cpus < 1 || cpus > MAX_CPUS) {
            throw new IllegalArgumentException("ACPI tables for " + cpus + " CPUs: give 1 to " + MAX_CPUS);
        }
        slots = List.copyOf(slots);
        for (int i = 1; i < slots.size(); i++) {
            if (slots.get(i).index() <= slots.get(i - 1).index()) {
                throw new IllegalArgumentException("virtio slot " + slots.get(i).index() + " is not behind slot "
                        + slots.get(i - 1).index());
            }
        }
        extra = List.copyOf(extra);
    }

    /** Tables without further ones. */
    public AcpiTables(int cpus, List<VirtioSlot> slots) {
        this(cpus, slots, List.of());
    }

    /** Tables without places for NVDIMMs. */
    public AcpiTables(int cpus, List<VirtioSlot> slots, List<byte[]> extra) {
        this(cpus, slots, 0, extra);
    }

    /**
     * Writes the tables.
     *
     * @return the address of the RSDP
     * @throws IllegalArgumentException when they do not fit
     */
    public long write(GuestMemory memory) {
        long at = AddressMap.ACPI_TABLES + alignUp(Rsdp.SIZE);
        long dsdt = at;
        at = put(memory, at, Dsdt.of(cpus, slots, nvdimms));
        List<byte[]> tables = new ArrayList<>(2 + extra.size());
        tables.add(Fadt.of(dsdt));
        tables.add(Madt.of(cpus));
        tables.addAll(extra);
        long[] addresses = new long[tables.size()];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = at;
            at = put(memory, at, tables.get(i));
        }
        put(memory, at, Xsdt.of(addresses));
        memory.write(AddressMap.ACPI_TABLES, Rsdp.of(at));
        return AddressMap.ACPI_TABLES;
    }

    private static long put(GuestMemory memory, long at, byte[] table) {
        long room = AddressMap.ACPI_TABLES_END - at;
        if (table.length > room) {
            throw new IllegalArgumentException(
                    "the ACPI tables do not fit: " + table.length + " bytes more where " + room
                            + " are left; give fewer CPUs or slots");
        }
        memory.write(at, table);
        return at + alignUp(table.length);
    }

    private static long alignUp(long size) {
        return (size + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
