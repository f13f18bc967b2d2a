package dev.jvmm.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.SystemCallException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryWindowsTest {
    private static final long GIB = 1L << 30;
    private static final int SIZE = 2 << 20;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
    private final MemoryWindows windows = memory.windows();

    @AfterEach
    void close() {
        memory.close();
    }

    private MemoryWindow place(long size) {
        return windows.place(size, false, "test", offset -> MemoryWindow.Verdict.WHOLE, mapping -> {});
    }

    @Test
    void theyStandBehindRamAtWholeGibibytes() {
        MemoryWindow first = place(SIZE);
        MemoryWindow second = place(GIB + SIZE);
        MemoryWindow third = place(4096);
        assertEquals(List.of(4 * GIB, 5 * GIB, 7 * GIB), List.of(first.address(), second.address(), third.address()));
        assertEquals(List.of(first, second, third), windows.placed());
        assertEquals(3, windows.placed().stream().mapToInt(MemoryWindow::slot).distinct().count());
        try (GuestMemory large = GuestMemory.allocate(MemoryOptions.ofSize(5 * GIB + 4096))) {
            MemoryWindow behind = large.windows().place(SIZE, false, "test", offset -> null, mapping -> {});
            assertEquals(7 * GIB, behind.address());
        }
    }

    @Test
    void theyAreMemoryLikeRamButCanNotBeGivenBack() {
        MemoryWindow window = place(SIZE);
        byte[] bytes = { 1, 2, 3 };
        memory.write(window.end() - 3, bytes);
        assertArrayEquals(bytes, memory.read(window.end() - 3, 3));
        assertTrue(memory.contains(window.address(), SIZE));
        assertFalse(memory.contains(window.address(), SIZE + 1));
        assertFalse(memory.contains(window.address() - 1, 2));
        assertThrows(GuestMemoryException.class, () -> memory.view(window.end() - 2, 3));
        assertThrows(GuestMemoryException.class, () -> memory.discard(window.address(), 4096));
        assertEquals(1 << 20, memory.size());
        window.close();
        assertFalse(memory.contains(window.address(), 1));
        assertThrows(GuestMemoryException.class, () -> memory.read(window.address(), 1));
        window.close();
    }

    @Test
    void aPlaceAndItsMemoryAreUsedAgainEmpty() {
        MemoryWindow first = place(SIZE);
        MemoryWindow second = place(SIZE);
        memory.write(first.address(), new byte[]{ 1 });
        first.close();
        MemoryWindow third = place(SIZE);
        assertEquals(4 * GIB, third.address());
        assertEquals(first.slot(), third.slot());
        assertSame(first.mapping(), third.mapping());
        assertEquals(0, memory.read(third.address(), 1)[0]);
        third.close();
        assertNotSame(first.mapping(), place(2 * SIZE).mapping());
        assertEquals(5 * GIB, second.address());
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> place(0));
        assertThrows(IllegalArgumentException.class, () -> place(-4096));
        assertThrows(IllegalArgumentException.class, () -> place(4097));
        assertThrows(IllegalArgumentException.class, () -> place((1L << 40) - 4 * GIB + 4096));
        assertThrows(IllegalArgumentException.class, () -> place(Long.MAX_VALUE - 4095));
        assertThrows(SystemCallException.class,
                () -> windows.place(SIZE, false, "test", offset -> null, mapping -> {
                    throw new SystemCallException("mmap", 12);
                }));
        assertEquals(List.of(), windows.placed());
    }

    @Test
    void movingMakesRoomOnce() {
        MemoryWindow first = place(SIZE);
        MemoryWindow second = place(SIZE);
        memory.write(first.address(), new byte[]{ 1 });
        memory.write(second.address(), new byte[]{ 2 });
        first.moveTo(5 * GIB);
        assertEquals(1, memory.read(5 * GIB, 1)[0]);
        assertEquals(4 * GIB, second.address());
        assertThrows(IllegalArgumentException.class, () -> second.moveTo(5 * GIB));
        second.moveTo(4 * GIB);
        assertEquals(2, memory.read(4 * GIB, 1)[0]);
        for (long bad : new long[]{ 0, 3 * GIB, 4 * GIB + 4096, -GIB, Long.MIN_VALUE, 1L << 40, Long.MAX_VALUE }) {
            assertThrows(IllegalArgumentException.class, () -> first.moveTo(bad));
        }
        assertEquals(List.of(second, first), windows.placed());
    }

    @Test
    void theSpaceHearsOfEachChange() {
        List<String> heard = new ArrayList<>();
        windows.space(new WindowSpace() {
            @Override
            public long end() {
                return 6 * GIB;
            }

            @Override
            public void put(MemoryWindow window) {
                heard.add("put " + window.slot() + " " + (window.address() >> 30));
                if (heard.size() > 4) {
                    throw new SystemCallException("ioctl", 22);
                }
            }

            @Override
            public void take(MemoryWindow window) {
                heard.add("take " + window.slot() + " " + (window.address() >> 30));
            }
        });
        MemoryWindow first = place(SIZE);
        first.moveTo(5 * GIB);
        first.close();
        assertEquals(List.of("put 8 4", "take 8 4", "put 8 5", "take 8 5"), heard);
        assertThrows(SystemCallException.class, () -> place(SIZE));
        assertEquals(List.of(), windows.placed());
    }

    @Test
    void aMappingsPartIsReplacedInPlace() {
        try (Mapping mapping = Mapping.anonymous(4 * 4096, 0)) {
            mapping.view(0, 4 * 4096).put(4095, (byte) 1).put(4096, (byte) 2).put(8192, (byte) 3);
            assertEquals(0, mapping.replace(4096, 4096, Mapping.PROT_READ | Mapping.PROT_WRITE,
                    Mapping.MAP_PRIVATE | Mapping.MAP_ANONYMOUS, -1, 0));
            assertEquals(1, mapping.view(4095, 1).get(0));
            assertEquals(0, mapping.view(4096, 1).get(0));
            assertEquals(3, mapping.view(8192, 1).get(0));
            assertThrows(IndexOutOfBoundsException.class,
                    () -> mapping.replace(3 * 4096, 8192, 3, Mapping.MAP_PRIVATE, -1, 0));
            assertTrue(mapping.replace(1, 4096, 3, Mapping.MAP_PRIVATE | Mapping.MAP_ANONYMOUS, -1, 0) < 0);
        }
    }
}
