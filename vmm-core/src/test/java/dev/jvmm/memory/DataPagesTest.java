package dev.jvmm.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.state.StateException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataPagesTest {
    private static final long SIZE = 4 << 20;
    private static final long BIG = 5L << 30;

    @TempDir
    Path folder;

    private static MemoryOptions options(long size, boolean shared) {
        return new MemoryOptions(size, shared, false, false, false);
    }

    /** Each run as address+length in pages@file offset. */
    private static List<String> runs(GuestMemory memory) {
        List<String> found = new ArrayList<>();
        try (DataPages pages = memory.dataPages()) {
            while (pages.next()) {
                found.add(Long.toHexString(pages.address()) + "+" + pages.length() / 4096 + "@"
                        + Long.toHexString(pages.fileOffset()));
            }
            assertTrue(!pages.next(), "it stays at the end");
        }
        return found;
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) 1);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void onlyPagesThatAreNotZeroAreData(boolean shared) {
        try (GuestMemory memory = GuestMemory.allocate(options(SIZE, shared))) {
            assertEquals(List.of(), runs(memory));
            memory.write(0xFFF, bytes(2));
            memory.write(0x5FF8, bytes(1));
            memory.write(0x8000, new byte[4096]);
            memory.write(SIZE - 1, bytes(1));
            assertEquals(List.of("0+2@0", "5000+1@5000", "3ff000+1@3ff000"), runs(memory));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void runsAreOfBoundedLength(boolean shared) {
        try (GuestMemory memory = GuestMemory.allocate(options(SIZE, shared))) {
            memory.write(0x1000, bytes((2 << 20) + 1));
            assertEquals(List.of("1000+256@1000", "101000+256@101000", "201000+1@201000"), runs(memory));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void theRegionBeyondTheHoleFollowsInTheFile(boolean shared) {
        try (GuestMemory memory = GuestMemory.allocate(options(BIG, shared))) {
            memory.write(AddressMap.DEVICE_HOLE_START - 1, bytes(1));
            memory.write(AddressMap.RAM_ABOVE_4G, bytes(1));
            memory.write(AddressMap.RAM_ABOVE_4G + (2L << 30) - 1, bytes(1));
            assertEquals(List.of("bffff000+1@bffff000", "100000000+1@c0000000", "17ffff000+1@13ffff000"), runs(memory));
        }
    }

    private Path file(long size, long... pages) throws IOException {
        Path path = Files.createTempFile(folder, "memory", "");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
            for (long page : pages) {
                file.seek(page);
                file.write(bytes(4096));
            }
        }
        return path;
    }

    private static GuestMemory clone(Path path, long size) {
        return GuestMemory.ofFile(FileDescriptor.open(path.toString(), FileDescriptor.O_RDONLY), options(size, false));
    }

    @Test
    void aCloneHasItsFilesDataAndItsOwn() throws IOException {
        Path path = file(SIZE, 0x1000, 0x4000, 0x9000);
        byte[] before = Files.readAllBytes(path);
        try (GuestMemory memory = clone(path, SIZE)) {
            memory.write(0x4000, new byte[4096]);
            memory.write(0x6000, bytes(1));
            memory.read(0x8000, 4096);
            memory.read(0x9000, 1);
            assertEquals(List.of("1000+1@1000", "6000+1@6000", "9000+1@9000"), runs(memory));
            assertEquals(1, memory.read(0x1FFF, 1)[0]);
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @Test
    void aBigCloneIsLaidOutAroundTheHole() throws IOException {
        Path path = file(BIG, 0xBFFF_F000L, 0xC000_0000L, BIG - 4096);
        try (GuestMemory memory = clone(path, BIG)) {
            assertEquals(List.of("bffff000+1@bffff000", "100000000+1@c0000000", "17ffff000+1@13ffff000"), runs(memory));
            assertEquals(1, memory.read(AddressMap.RAM_ABOVE_4G, 1)[0]);
        }
    }

    @Test
    void aFileOfAnotherSizeIsRefusedAndClosed() throws IOException {
        long before = openDescriptors();
        for (long size : new long[]{ 0, SIZE - 4096, SIZE + 1 }) {
            StateException refused = assertThrows(StateException.class, () -> clone(file(size), SIZE));
            assertEquals("the memory file has " + size + " bytes, and the guest " + SIZE, refused.getMessage());
        }
        Path path = file(SIZE);
        assertThrows(IllegalArgumentException.class, () -> GuestMemory.ofFile(
                FileDescriptor.open(path.toString(), FileDescriptor.O_RDONLY), options(SIZE, true)));
        assertEquals(before, openDescriptors());
    }

    @Test
    void nothingStaysOpen() throws IOException {
        Path path = file(SIZE, 0x1000);
        long before = openDescriptors();
        try (GuestMemory own = GuestMemory.allocate(options(SIZE, true)); GuestMemory clone = clone(path, SIZE)) {
            runs(own);
            runs(clone);
        }
        assertEquals(before, openDescriptors());
    }

    @Test
    void aFileThatIsCutShortIsAnErrorWithAName() throws IOException {
        Path path = file(SIZE, 0x1000, 0x3F_F000);
        try (GuestMemory memory = clone(path, SIZE);
                RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            memory.write(0x2000, bytes(1));
            assertEquals(2, runs(memory).size());
            try (DataPages pages = memory.dataPages()) {
                assertTrue(pages.next());
                file.setLength(0x20_0000);
                GuestMemoryException cut = assertThrows(GuestMemoryException.class, pages::next);
                assertTrue(cut.getMessage().contains("cut short"), cut.getMessage());
            }
            assertThrows(GuestMemoryException.class, () -> runs(memory));
            assertThrows(InternalError.class, () -> memory.view(0x3F_F000, 8).getLong(0));
            assertEquals(1, memory.read(0x1000, 1)[0], "what is left of the file can be read");
        }
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}
