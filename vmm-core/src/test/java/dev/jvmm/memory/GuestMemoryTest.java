package dev.jvmm.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.SystemCallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuestMemoryTest {
    private static final long SIZE = 2 << 20;

    @Test
    void bytesStayWhereTheyArePut() {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(SIZE))) {
            memory.write(0x1000, new byte[]{ 1, 2, 3, 4 });
            assertEquals(0x0403_0201, memory.view(0x1000, 4).getInt(0));
            assertArrayEquals(new byte[]{ 2, 3 }, memory.read(0x1001, 2));
            memory.write(SIZE - 1, new byte[]{ 9 });
            assertEquals(9, memory.read(SIZE - 1, 1)[0]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2097153", "2097152, 1", "2097151, 2", "-1, 1", "-1, 2", "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, 1", "0, -1", "4096, -9223372036854775808", "3221225472, 1", "4294967296, 1"
    })
    void whatIsNotRamIsRefused(long address, long length) {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(SIZE))) {
            assertFalse(memory.contains(address, length));
            assertThrows(GuestMemoryException.class, () -> memory.slice(address, length));
        }
    }

    @Test
    void aReadThatIsRefusedAllocatesNothingFirst() {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(SIZE))) {
            assertThrows(GuestMemoryException.class, () -> memory.read(0, Integer.MAX_VALUE));
        }
    }

    @Test
    void ramLiesAroundTheDeviceHole() {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(5L << 30))) {
            List<MemoryRegion> regions = memory.regions();
            assertEquals(2, regions.size());
            assertEquals(AddressMap.DEVICE_HOLE_START, regions.get(0).end());
            assertEquals(AddressMap.RAM_ABOVE_4G, regions.get(1).start());
            assertEquals(5L << 30, memory.size());
            assertTrue(memory.contains((6L << 30) - 1, 1));
            assertFalse(memory.contains(6L << 30, 1));
            assertFalse(memory.contains(AddressMap.DEVICE_HOLE_START - 1, 2));
            assertFalse(memory.contains(AddressMap.DEVICE_HOLE_START, AddressMap.RAM_ABOVE_4G));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, -1, 4096, (1L << 20) - 4096, SIZE + 1, (4L << 40) + 4096, Long.MAX_VALUE })
    void sizesThatCanNotBeAreRefused(long size) {
        assertThrows(IllegalArgumentException.class, () -> GuestMemory.allocate(MemoryOptions.ofSize(size)));
    }

    @Test
    void accessAfterCloseIsAnErrorAndNotACrash() {
        GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(SIZE));
        ByteBuffer view = memory.view(0, 8);
        memory.close();
        assertThrows(IllegalStateException.class, () -> view.getLong(0));
        assertThrows(IllegalStateException.class, () -> memory.write(0, new byte[1]));
    }

    @Test
    void mergeableMemoryIsMarkedForKsm() throws IOException {
        Assumptions.assumeTrue(Files.exists(Path.of("/sys/kernel/mm/ksm")), "this kernel has no KSM");
        try (GuestMemory memory = GuestMemory.allocate(new MemoryOptions(SIZE, false, false, false, true))) {
            assertTrue(smaps(memory, "VmFlags:").contains(" mg"), "no mg in VmFlags");
        }
    }

    @Test
    void prefaultedMemoryIsThereAtOnceAndOtherIsNot() throws IOException {
        // Shared, since the kernel may show private mappings that touch as one.
        try (GuestMemory lazy = GuestMemory.allocate(new MemoryOptions(SIZE, true, false, false, false));
                GuestMemory eager = GuestMemory.allocate(new MemoryOptions(SIZE, true, false, true, false))) {
            assertEquals(0, kibibytes(smaps(lazy, "Rss:")));
            assertEquals(SIZE >> 10, kibibytes(smaps(eager, "Rss:")));
        }
    }

    @Test
    void sharedMemoryIsAMemfd() throws IOException {
        try (GuestMemory memory = GuestMemory.allocate(new MemoryOptions(SIZE, true, false, false, false))) {
            assertTrue(header(memory).contains("memfd:jvmm-ram"), header(memory));
            memory.write(0, new byte[]{ 7 });
            assertEquals(7, memory.read(0, 1)[0]);
        }
    }

    @Test
    void hugePagesAreReservedOrRefused() throws IOException {
        String free = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("HugePages_Free:")).findFirst().orElse("HugePages_Free: 0");
        Assumptions.assumeTrue(kibibytes(free.substring(free.indexOf(':'))) == 0, "this host has huge pages");
        MemoryOptions huge = new MemoryOptions(SIZE, false, true, false, false);
        assertThrows(SystemCallException.class, () -> GuestMemory.allocate(huge));
        MemoryOptions sharedHuge = new MemoryOptions(SIZE, true, true, false, false);
        assertThrows(SystemCallException.class, () -> GuestMemory.allocate(sharedHuge));
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void discardedPagesGoBackToTheHost(boolean shared) throws IOException {
        try (GuestMemory memory = GuestMemory.allocate(new MemoryOptions(SIZE, shared, false, true, false))) {
            memory.write(0x4000, new byte[]{ 1 });
            memory.write(0x5000, new byte[]{ 2 });
            memory.write(0x6000, new byte[]{ 3 });
            assertEquals(0, memory.discard(0x4000, 0x2000));
            assertEquals(0, memory.discard(SIZE - 0x10_0000, 0x10_0000));
            if (shared) {
                assertEquals((SIZE - 0x10_2000) >> 10, kibibytes(smaps(memory, "Rss:")));
            }
            assertEquals(0, memory.read(0x4000, 1)[0]);
            assertEquals(0, memory.read(0x5000, 1)[0]);
            assertEquals(3, memory.read(0x6000, 1)[0]);
            assertThrows(GuestMemoryException.class, () -> memory.discard(SIZE, 0x1000));
        }
    }

    private static long kibibytes(String field) {
        return Long.parseLong(field.replaceAll("[^0-9]", ""));
    }

    private static String header(GuestMemory memory) throws IOException {
        return mapping(memory).getFirst();
    }

    private static String smaps(GuestMemory memory, String field) throws IOException {
        return mapping(memory).stream().filter(line -> line.startsWith(field)).findFirst().orElseThrow();
    }

    /** The lines of /proc/self/smaps that describe the memory. */
    private static List<String> mapping(GuestMemory memory) throws IOException {
        String start = Long.toHexString(memory.regions().getFirst().mapping().address());
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(start + "-")) {
                return lines.subList(i, Math.min(lines.size(), i + 28));
            }
        }
        throw new AssertionError("no mapping at " + start);
    }
}
