package dev.jvmm.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class AddressBusTest {
    /** Answers its tag and the offset; keeps the last write. */
    private static final class Probe implements BusDevice {
        final long tag;
        long offset = -1;
        int size;
        long value;

        Probe(long tag) {
            this.tag = tag;
        }

        @Override
        public long read(long at, int bytes) {
            return tag + at;
        }

        @Override
        public void write(long at, int bytes, long written) {
            offset = at;
            size = bytes;
            value = written;
        }
    }

    private final List<String> faults = new ArrayList<>();
    private final AddressBus bus = new AddressBus(
            "port", (name, device, address, failure) -> faults.add(name + " " + address + " " + failure.getMessage()));

    @Test
    void reachesTheDeviceWithAnOffset() {
        Probe low = new Probe(0x10);
        Probe high = new Probe(0x20);
        bus.add(0x3F8, 8, high);
        bus.add(0x2F8, 8, low);
        assertEquals(0x20, bus.read(0x3F8, 1));
        assertEquals(0x17, bus.read(0x2FF, 1));
        assertEquals(0x27, bus.read(0x3FF, 1));
        bus.write(0x3FC, 4, -1);
        assertEquals(4, high.offset);
        assertEquals(4, high.size);
        assertEquals(0xFFFF_FFFFL, high.value);
        assertEquals(-1, low.offset);
    }

    @Test
    void valuesAreCutToTheirSize() {
        Probe probe = new Probe(0x1122_3344_5566_7788L);
        bus.add(0, 16, probe);
        assertEquals(0x88, bus.read(0, 1));
        assertEquals(0x7788, bus.read(0, 2));
        assertEquals(0x5566_7788L, bus.read(0, 4));
        assertEquals(0x1122_3344_5566_7788L, bus.read(0, 8));
        bus.write(8, 2, 0x1_2345_6789L);
        assertEquals(0x6789, probe.value);
        bus.write(8, 8, -3);
        assertEquals(-3, probe.value);
    }

    @Test
    void nobodyHomeReadsAllOnes() {
        assertEquals(0xFF, bus.read(0x80, 1));
        assertEquals(0xFFFF, bus.read(0x80, 2));
        assertEquals(0xFFFF_FFFFL, bus.read(0x80, 4));
        assertEquals(-1, bus.read(0x80, 8));
        bus.write(0x80, 1, 0);
        bus.add(0x100, 4, new Probe(0));
        assertEquals(0xFF, bus.read(0xFF, 1));
        assertEquals(0xFF, bus.read(0x104, 1));
        assertEquals(0xFF, bus.read(-1, 1));
        assertEquals(0xFF, bus.read(Long.MIN_VALUE, 1));
        assertEquals(0xFF, bus.read(Long.MAX_VALUE, 1));
    }

    @Test
    void accessBeyondTheEndIsUnclaimed() {
        Probe probe = new Probe(0);
        bus.add(0x100, 4, probe);
        bus.add(0x104, 4, new Probe(0));
        assertEquals(2, bus.read(0x102, 2));
        assertEquals(0xFFFF, bus.read(0x103, 2));
        assertEquals(-1, bus.read(0x100, 8));
        bus.write(0x103, 2, 5);
        assertEquals(-1, probe.offset);
        bus.add(Long.MAX_VALUE - 4, 4, new Probe(7));
        assertEquals(7, bus.read(Long.MAX_VALUE - 4, 4));
        assertEquals(0xFFFF_FFFFL, bus.read(Long.MAX_VALUE - 3, 4));
    }

    @Test
    void overlapsAreRefusedByName() {
        bus.add(0x3F8, 8, new Probe(0));
        String message = assertThrows(IllegalArgumentException.class, () -> bus.add(0x3FF, 2, new Probe(0)))
                .getMessage();
        assertEquals("port range 0x3ff-0x400 of Probe overlaps 0x3f8-0x3ff of Probe", message);
        assertThrows(IllegalArgumentException.class, () -> bus.add(0x3F0, 9, new Probe(0)));
        assertThrows(IllegalArgumentException.class, () -> bus.add(0x3F8, 8, new Probe(0)));
        assertThrows(IllegalArgumentException.class, () -> bus.add(0x3F0, 0x100, new Probe(0)));
        assertThrows(IllegalArgumentException.class, () -> bus.add(0, Long.MAX_VALUE, new Probe(0)));
        bus.add(0x3F0, 8, new Probe(0));
        bus.add(0x400, 1, new Probe(0));
    }

    @Test
    void badRangesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> bus.add(-1, 1, new Probe(0)));
        assertThrows(IllegalArgumentException.class, () -> bus.add(0, 0, new Probe(0)));
        assertThrows(IllegalArgumentException.class, () -> bus.add(0, -1, new Probe(0)));
        assertThrows(IllegalArgumentException.class, () -> bus.add(Long.MAX_VALUE, 1, new Probe(0)));
    }

    @Test
    void removedDeviceIsGone() {
        bus.add(0x10, 1, new Probe(1));
        bus.add(0x20, 1, new Probe(2));
        assertEquals(1, bus.read(0x10, 1));
        assertFalse(bus.remove(0x11));
        assertTrue(bus.remove(0x10));
        assertFalse(bus.remove(0x10));
        assertEquals(0xFF, bus.read(0x10, 1));
        assertEquals(2, bus.read(0x20, 1));
    }

    @Test
    void throwingDeviceIsAnEmptyBusAndReportedOnce() {
        bus.add(0x10, 4, new BusDevice() {
            @Override
            public long read(long offset, int size) {
                throw new IllegalStateException("broken");
            }

            @Override
            public void write(long offset, int size, long value) {
                throw new IllegalStateException("broken");
            }
        });
        assertEquals(0xFF, bus.read(0x11, 1));
        assertEquals(0xFFFF, bus.read(0x12, 2));
        bus.write(0x10, 1, 1);
        assertEquals(List.of("port 17 broken"), faults);
    }

    @Test
    void agreesWithALinearSearch() {
        Random random = new Random(7);
        List<long[]> taken = new ArrayList<>();
        for (int step = 0; step < 400; step++) {
            long start = random.nextInt(4096);
            long length = 1 + random.nextInt(16);
            boolean free = taken.stream().noneMatch(r -> start < r[0] + r[1] && r[0] < start + length);
            if (free) {
                bus.add(start, length, new Probe(start << 16));
                taken.add(new long[]{ start, length });
            } else {
                assertThrows(IllegalArgumentException.class, () -> bus.add(start, length, new Probe(0)));
            }
            if (random.nextInt(4) == 0 && !taken.isEmpty()) {
                assertTrue(bus.remove(taken.remove(random.nextInt(taken.size()))[0]));
            }
            for (int n = 0; n < 50; n++) {
                long address = random.nextInt(4200);
                int size = 1 << random.nextInt(4);
                long expected = -1;
                for (long[] r : taken) {
                    if (address >= r[0] && address + size <= r[0] + r[1]) {
                        expected = (r[0] << 16) + address - r[0];
                    }
                }
                long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
                assertEquals(expected & mask, bus.read(address, size));
            }
        }
    }

    @Test
    void readersNeverMissWhileOthersPlug() throws InterruptedException {
        bus.add(0x1000, 8, new Probe(5));
        AtomicBoolean stop = new AtomicBoolean();
        List<Long> wrong = new ArrayList<>();
        Thread reader = new Thread(() -> {
            while (!stop.get()) {
                long value = bus.read(0x1003, 1);
                if (value != 8) {
                    wrong.add(value);
                }
                bus.read(0x900, 1);
            }
        });
        reader.start();
        for (int i = 0; i < 2000; i++) {
            bus.add(0x900 + i % 7, 1, new Probe(0));
            assertTrue(bus.remove(0x900 + i % 7));
        }
        stop.set(true);
        reader.join();
        assertEquals(List.of(), wrong);
    }

    @Test
    void accessAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        bus.add(0x10, 4, new Probe(1));
        bus.add(0x20, 4, new Probe(2));
        long sum = 0;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            sum += bus.read(0x10, 1) + bus.read(0x20, 4) + bus.read(0x30, 8);
            bus.write(0x12, 2, i);
        }
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(20_000, sum);
        assertTrue(bytes < 1000, bytes + " bytes");
    }
}
