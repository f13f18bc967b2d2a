package dev.jvmm.virtio.balloon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BalloonDeviceTest extends VirtioDeviceContract implements BalloonListener {
    private final List<String> discarded = new ArrayList<>();
    private final List<MemoryStatistics> heard = new ArrayList<>();
    private long size;

    @Override
    public void resized(long bytes) {
        size = bytes;
    }

    @Override
    public void statistics(MemoryStatistics statistics) {
        heard.add(statistics);
    }

    @Override
    protected VirtioDevice create() {
        return new BalloonDevice(new BalloonConfig(1 << 20, true, true, true),
                (address, length) -> discarded.add(Long.toHexString(address) + "+" + Long.toHexString(length)), this);
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        discarded.clear();
        inflate(driver, 5, 6, 7);
        assertEquals(List.of("5000+3000"), discarded);
    }

    private static void inflate(MockDriver driver, int... pages) {
        driver.call(BalloonDevice.INFLATE, numbers(pages), 0);
    }

    private static byte[] numbers(int... pages) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * pages.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int page : pages) {
            bytes.putInt(page);
        }
        return bytes.array();
    }

    private static BalloonDevice balloon(MockDriver driver) {
        return (BalloonDevice) driver.transport().device();
    }

    @Test
    void neighboursGoTogether() {
        try (MockDriver driver = MockDriver.started(create())) {
            inflate(driver, 9, 8, 7, 20, 10, 11, 11);
            assertEquals(List.of("7000+3000", "14000+1000", "a000+2000", "b000+1000"), discarded);
            driver.call(BalloonDevice.DEFLATE, numbers(9, 8, 7), 0);
            assertEquals(4, discarded.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 4096, -1, Integer.MAX_VALUE, Integer.MIN_VALUE })
    void pagesOutsideRamAreALie(int page) {
        try (MockDriver driver = MockDriver.started(create())) {
            long buffer = driver.allocate(4);
            driver.memory().write(buffer, numbers(page));
            driver.ring(0).post(1, buffer, 4);
            driver.kick(0);
            assertTrue(driver.needsReset());
            assertEquals(List.of(), discarded);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 3, 16388 })
    void requestsOfOddLengthsAreALie(int length) {
        try (MockDriver driver = MockDriver.started(create())) {
            driver.ring(0).post(1, driver.allocate(length), length);
            driver.kick(0);
            assertTrue(driver.needsReset());
        }
    }

    /** Linux numbers the queues without gaps, the specification with them. */
    @ParameterizedTest
    @CsvSource({ "4, true", "3, true", "2, false" })
    void reportedPagesGoBack(int queue, boolean statistics) {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            driver.start(driver.offered() & ~(statistics ? 0 : BalloonDevice.F_STATS_VQ));
            driver.ring(queue).post(0, 0x20_0000, 0x20_0000, 0x40_0800, 0x2000, 0x50_0001, 0xFFF, 0x60_0000, 1);
            driver.kick(queue);
            assertEquals(List.of("200000+200000", "401000+1000"), discarded);
            assertEquals(0, driver.ring(queue).takeUsed());
        }
    }

    @Test
    void readablePagesAreNotReported() {
        try (MockDriver driver = MockDriver.started(create())) {
            driver.ring(4).post(1, 0x20_0000, 0x1000, 0x30_0000, 0x1000);
            driver.kick(4);
            assertEquals(List.of("300000+1000"), discarded);
        }
    }

    @Test
    void theHostAsksAndTheGuestGives() {
        try (MockDriver driver = MockDriver.started(create())) {
            assertEquals(256, driver.config(BalloonDevice.CONFIG_NUM_PAGES, 4));
            balloon(driver).setTarget(8192);
            assertEquals(2, driver.config(BalloonDevice.CONFIG_NUM_PAGES, 4));
            assertEquals(MmioRegisters.INTERRUPT_CONFIG_CHANGE, driver.acknowledge());
            driver.writeConfig(BalloonDevice.CONFIG_ACTUAL, 4, 2);
            assertEquals(8192, size);
            assertEquals(8192, balloon(driver).actual());
            driver.writeConfig(BalloonDevice.CONFIG_NUM_PAGES, 4, 9);
            assertEquals(2, driver.config(BalloonDevice.CONFIG_NUM_PAGES, 4), "the host's field");
            driver.reset();
            assertEquals(0, balloon(driver).actual());
            assertThrows(IllegalArgumentException.class, () -> balloon(driver).setTarget(-4096));
        }
    }

    /** Gives the device a buffer with two statistics and one that nobody knows. */
    private static void give(MockDriver driver, long free) {
        long buffer = driver.allocate(30);
        ByteBuffer bytes = driver.memory().view(buffer, 30);
        bytes.putShort(0, (short) 5).putLong(2, 1 << 20);
        bytes.putShort(10, (short) 0xFFFF).putLong(12, 1);
        bytes.putShort(20, (short) 4).putLong(22, free);
        driver.ring(BalloonDevice.STATISTICS).post(1, buffer, 30);
        driver.kick(BalloonDevice.STATISTICS);
    }

    @Test
    void statisticsComeWhenAskedFor() {
        try (MockDriver driver = MockDriver.started(create())) {
            assertFalse(balloon(driver).requestStatistics(), "there is no buffer");
            give(driver, 7);
            assertEquals(1, heard.size());
            assertEquals(OptionalLong.of(7), heard.getFirst().value(MemoryStatistics.Tag.FREE));
            assertEquals(OptionalLong.of(1 << 20), heard.getFirst().value(MemoryStatistics.Tag.TOTAL));
            assertEquals(OptionalLong.empty(), heard.getFirst().value(MemoryStatistics.Tag.CACHES));
            MockRing ring = driver.ring(BalloonDevice.STATISTICS);
            assertFalse(ring.hasUsed(), "it stays with the device");
            assertTrue(balloon(driver).requestStatistics());
            ring.takeUsed();
            assertFalse(balloon(driver).requestStatistics(), "the driver has not answered");
            give(driver, 8);
            assertEquals(OptionalLong.of(8), heard.getLast().value(MemoryStatistics.Tag.FREE));
        }
    }

    /** Firecracker #5794: statistics go on after a restore and after a reset. */
    @Test
    void statisticsDoNotStall() throws InterruptedException {
        MockDriver driver = MockDriver.started(create());
        give(driver, 1);
        try (MockDriver after = driver.restoredWith(create())) {
            assertTrue(balloon(after).requestStatistics());
            after.ring(BalloonDevice.STATISTICS).takeUsed();
            give(after, 2);
            assertEquals(OptionalLong.of(2), heard.getLast().value(MemoryStatistics.Tag.FREE));
            after.reset();
            assertFalse(balloon(after).requestStatistics());
            after.start(after.offered() & ~VirtioFeature.EVENT_IDX);
            give(after, 3);
            assertTrue(balloon(after).requestStatistics());
            after.ring(BalloonDevice.STATISTICS).takeUsed();
            give(after, 4);
            assertEquals(OptionalLong.of(4), heard.getLast().value(MemoryStatistics.Tag.FREE));
        }
    }

    /** A driver that gives two buffers at once gets each back when it is its turn. */
    @Test
    void aSecondBufferForStatisticsWaits() {
        try (MockDriver driver = MockDriver.started(create())) {
            give(driver, 1);
            give(driver, 2);
            assertEquals(1, heard.size());
            assertTrue(balloon(driver).requestStatistics());
            assertEquals(2, heard.size());
        }
    }

    @Test
    void pagesReallyGoBackToTheHost() {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(MockDriver.MEMORY))) {
            BalloonDevice real = new BalloonDevice(new BalloonConfig(0, false, false, false), memory,
                    BalloonListener.NONE);
            try (MockDriver driver = MockDriver.started(real)) {
                memory.write(0x5000, new byte[]{ 1 });
                memory.write(0x6000, new byte[]{ 2 });
                inflate(driver, 5);
                assertEquals(0, memory.read(0x5000, 1)[0]);
                assertEquals(2, memory.read(0x6000, 1)[0]);
            }
        }
    }

    /** A clone's RAM is a private copy of its template's file: pages that it changed and gives back are the template's again. */
    @Test
    void pagesOfACloneGoBackToItsTemplates(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("memory");
        byte[] template = new byte[1 << 20];
        Arrays.fill(template, (byte) 7);
        Files.write(file, template);
        FileDescriptor descriptor = FileDescriptor.open(file.toString(), FileDescriptor.O_RDONLY);
        try (GuestMemory clone = GuestMemory.ofFile(descriptor, MemoryOptions.ofSize(1 << 20))) {
            BalloonDevice real = new BalloonDevice(new BalloonConfig(0, false, false, true), clone,
                    BalloonListener.NONE);
            try (MockDriver driver = MockDriver.started(real)) {
                assertEquals(0, driver.offered() & 1 << 4, "PAGE_POISON: a driver that wants values does not report");
                clone.write(0x5000, new byte[]{ 1 });
                clone.write(0x6000, new byte[]{ 2 });
                inflate(driver, 5, 5, 5);
                assertEquals(7, clone.read(0x5000, 1)[0]);
                assertEquals(2, clone.read(0x6000, 1)[0]);
                assertArrayEquals(template, Files.readAllBytes(file));
            }
        }
    }

    /** Each page number may be a system call: a guest that sends many does not keep the others waiting. */
    @Test
    void manyPagesTakeTurns() {
        try (MockDriver driver = MockDriver.started(create())) {
            MockRing ring = driver.ring(BalloonDevice.INFLATE);
            long buffer = driver.allocate(BalloonDevice.MOST_NUMBERS);
            for (int page = 0; page < BalloonDevice.MOST_NUMBERS / 4; page++) {
                driver.memory().write(buffer + 4 * page, new byte[]{ (byte) (page % 2 * 2) });
            }
            ring.post(1, buffer, BalloonDevice.MOST_NUMBERS);
            ring.post(1, buffer, BalloonDevice.MOST_NUMBERS);
            int before = driver.wiring().turns();
            driver.kick(BalloonDevice.INFLATE);
            assertEquals(2, ring.usedIndex());
            assertEquals(BalloonDevice.MOST_NUMBERS / 2, discarded.size());
            assertTrue(driver.wiring().turns() - before >= 2, "one each");
        }
    }
}
