package dev.jvmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the table as arch/x86/kernel/mpparse.c of Linux 6.1 does. */
class MpTableTest {
    private static int sum(ByteBuffer bytes, int size) {
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += bytes.get(i);
        }
        return sum & 0xFF;
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 2, 37, 38, 254 })
    void linuxFindsAllProcessors(int cpus) {
        try (GuestMemory memory = SmallKernels.memory(1)) {
            new MpTable(cpus).write(memory);
            ByteBuffer pointer = memory.view(639 * 0x400, 16);
            assertArrayEquals(SmallKernels.ascii("_MP_"), memory.read(639 * 0x400, 4));
            assertEquals(1, pointer.get(8));
            assertEquals(4, pointer.get(9));
            assertEquals(0, pointer.get(11), "a configuration table, not a default configuration");
            assertEquals(0, sum(pointer, 16));
            long at = pointer.getInt(4);
            assertTrue(at >= 0xF0000, "in the BIOS area");
            int length = Short.toUnsignedInt(memory.view(at, 8).getShort(4));
            assertTrue(at + length <= AddressMap.HIGH_MEMORY_START);
            ByteBuffer table = memory.view(at, length);
            assertArrayEquals(SmallKernels.ascii("PCMP"), memory.read(at, 4));
            assertEquals(0, sum(table, length));
            assertEquals(4, table.get(6));
            assertEquals(0xFEE0_0000, table.getInt(36));
            assertEquals(entries(table, length, cpus), Short.toUnsignedInt(table.getShort(34)));
        }
    }

    private static int entries(ByteBuffer table, int length, int cpus) {
        int at = 44;
        int count = 0;
        int processors = 0;
        int interrupts = 0;
        while (at < length) {
            switch (table.get(at)) {
                case 0 -> {
                    assertEquals(processors, Byte.toUnsignedInt(table.get(at + 1)));
                    assertEquals(processors == 0 ? 3 : 1, table.get(at + 3));
                    processors++;
                    at += 12;
                }
                case 1 -> assertEquals("ISA   ", text(table, at + 2, 6));
                case 2 -> {
                    assertEquals(cpus, Byte.toUnsignedInt(table.get(at + 1)));
                    assertEquals(0xFEC0_0000, table.getInt(at + 4));
                }
                case 3 -> {
                    assertEquals(interrupts, table.get(at + 5));
                    assertEquals(cpus, Byte.toUnsignedInt(table.get(at + 6)));
                    assertEquals(interrupts++, table.get(at + 7));
                }
                case 4 -> assertEquals(table.get(at + 1) == 3 ? 0 : 1, table.get(at + 7));
                default -> throw new AssertionError("entry " + table.get(at));
            }
            at += 8;
            count++;
        }
        assertEquals(length, at);
        assertEquals(cpus, processors);
        assertEquals(24, interrupts);
        return count;
    }

    private static String text(ByteBuffer table, int at, int size) {
        byte[] bytes = new byte[size];
        table.get(at, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Test
    void moreProcessorsThanItCanNameAreRefused() {
        assertTrue(assertThrows(BootException.class, () -> new MpTable(255)).getMessage().contains("254"));
        assertThrows(BootException.class, () -> new MpTable(0));
    }
}
