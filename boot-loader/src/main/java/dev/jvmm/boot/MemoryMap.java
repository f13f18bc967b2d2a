package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryRegion;
import java.util.ArrayList;
import java.util.List;

/** What the guest is told of its memory, in ascending order. What is not named is a hole. */
public final class MemoryMap {
    /** Address range types of ACPI 6.5 section 15, as e820 and hvm_memmap_table_entry use them. */
    static final int RAM = 1;

    static final int RESERVED = 2;

    private static final long BASE_MEMORY_END = 0xA_0000;

    /**
     * A range.
     *
     * @param start guest-physical, in bytes
     * @param size in bytes
     * @param type 1 RAM, 2 reserved
     */
    public record Range(long start, long size, int type) {}

    private MemoryMap() {}

    /** The ranges of a guest's RAM. */
    public static List<Range> of(GuestMemory memory) {
        List<Range> map = new ArrayList<>(6);
        List<MemoryRegion> regions = memory.regions();
        map.add(new Range(0, AddressMap.LOW_RAM_END, RAM));
        map.add(new Range(AddressMap.LOW_RAM_END, BASE_MEMORY_END - AddressMap.LOW_RAM_END, RESERVED));
        map.add(new Range(AddressMap.ACPI_TABLES, AddressMap.HIGH_MEMORY_START - AddressMap.ACPI_TABLES, RESERVED));
        long lowEnd = regions.get(0).end();
        if (lowEnd > AddressMap.HIGH_MEMORY_START) {
            map.add(new Range(AddressMap.HIGH_MEMORY_START, lowEnd - AddressMap.HIGH_MEMORY_START, RAM));
        }
        for (int i = 1; i < regions.size(); i++) {
            map.add(new Range(regions.get(i).start(), regions.get(i).size(), RAM));
        }
        return map;
    }
}
