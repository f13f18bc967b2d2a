package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;

/** The descriptor tables and page tables a guest begins with; it replaces them soon and the memory is free then. */
final class BootTables {
    private static final int TABLE_ENTRIES = 512;
    private static final int IDENTITY_GIB = 4;
    private static final long LARGE_PAGE = 2L << 20;
    private static final long PRESENT_WRITABLE = 0x3;
    private static final long PAGE_SIZE_BIT = 0x80;

    private BootTables() {}

    /** Two null descriptors, code and data; the IDT behind it is left zero. */
    static void writeDescriptors(GuestMemory memory, InitialCpuState cpu) {
        ByteBuffer gdt = memory.view(cpu.gdtBase(), InitialCpuState.GDT_BYTES);
        gdt.putLong(0).putLong(0).putLong(cpu.code().descriptor()).putLong(cpu.data().descriptor());
        memory.view(cpu.idtBase(), cpu.idtLimit() + 1).putLong(0);
    }

    /**
     * Maps the first 4 GiB onto themselves in 2 MiB pages, RAM or not, so that early code also reaches the interrupt
     * controllers. 1 GiB pages would do with less, but not every CPU has them, and nothing that is handed to a guest lies higher.
     */
    static void writePageTables(GuestMemory memory) {
        long[] entries = new long[TABLE_ENTRIES * (2 + IDENTITY_GIB)];
        long root = AddressMap.BOOT_PAGE_TABLES;
        entries[0] = root + AddressMap.PAGE_SIZE | PRESENT_WRITABLE;
        for (int i = 0; i < IDENTITY_GIB; i++) {
            entries[TABLE_ENTRIES + i] = root + (2 + i) * AddressMap.PAGE_SIZE | PRESENT_WRITABLE;
        }
        for (int i = 0; i < TABLE_ENTRIES * IDENTITY_GIB; i++) {
            entries[2 * TABLE_ENTRIES + i] = i * LARGE_PAGE | PRESENT_WRITABLE | PAGE_SIZE_BIT;
        }
        memory.view(root, entries.length * Long.BYTES).asLongBuffer().put(entries);
    }
}
