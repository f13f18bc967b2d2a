package dev.jvmm.virtio.pmem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.MemoryWindow;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.entropy.EntropyConfig;
import dev.jvmm.virtio.entropy.EntropyDevice;
import dev.jvmm.virtio.pmem.PmemConfig.Sharing;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PmemDeviceTest extends VirtioDeviceContract {
    @TempDir
    Path folder;

    private PmemImages images;

    @BeforeEach
    void begin() {
        images = new PmemImages(folder);
    }

    @AfterEach
    void end() {
        images.close();
    }

    private PmemDevice shared(Path image) {
        return images.device(PmemConfig.of(image.toString()));
    }

    @Override
    protected VirtioDevice create() {
        return shared(images.image(PmemImages.SIZE));
    }

    private static int flush(MockDriver driver) {
        byte[] answer = driver.call(0, new byte[4], 4);
        assertEquals(4, answer.length);
        return answer[0];
    }

    private static long start(MockDriver driver) {
        return driver.config(PmemDevice.CONFIG_START, 8);
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        byte[] bytes = new byte[5000];
        new Random(driver.interrupts()).nextBytes(bytes);
        driver.memory().write(start(driver) + 12_345, bytes);
        assertEquals(PmemDevice.OK, flush(driver));
        assertArrayEquals(bytes, driver.memory().read(start(driver) + 12_345, bytes.length));
    }

    @Test
    void saysWhereTheFileIsInBothWays() {
        try (MockDriver driver = MockDriver.started(create())) {
            assertEquals(27, driver.read(MmioRegisters.DEVICE_ID));
            assertEquals(1L << 32, start(driver));
            assertEquals(PmemImages.SIZE, driver.config(PmemDevice.CONFIG_SIZE, 8));
            assertEquals(1, driver.offered() & 1);
            driver.write(MmioRegisters.SHM_SEL, 0);
            assertEquals(PmemImages.SIZE, driver.read(MmioRegisters.SHM_LEN_LOW));
            assertEquals(1, driver.read(MmioRegisters.SHM_BASE_HIGH));
        }
    }

    @Test
    void whatIsFlushedIsInTheFile() throws IOException {
        Path image = images.image(PmemImages.SIZE);
        try (MockDriver driver = MockDriver.started(shared(image))) {
            byte[] bytes = { 1, 2, 3 };
            driver.memory().write(start(driver) + PmemImages.SIZE - 3, bytes);
            assertEquals(PmemDevice.OK, flush(driver));
            byte[] file = Files.readAllBytes(image);
            assertArrayEquals(bytes, Arrays.copyOfRange(file, PmemImages.SIZE - 3, PmemImages.SIZE));
        }
    }

    @Test
    void whatIsPrivateOrReadOnlyLeavesTheFileAlone() throws IOException {
        Path image = images.image(1000);
        Files.write(image, new byte[]{ 7 });
        for (Sharing sharing : new Sharing[]{ Sharing.PRIVATE, Sharing.READ_ONLY }) {
            PmemDevice device = images.device(PmemConfig.of(image.toString()).with(sharing));
            try (MockDriver driver = MockDriver.started(device);
                    MockDriver other = MockDriver
                            .started(images.device(PmemConfig.of(image.toString()).with(sharing)))) {
                assertEquals(PmemFile.UNIT, driver.config(PmemDevice.CONFIG_SIZE, 8));
                assertEquals(7, driver.memory().read(start(driver), 1)[0]);
                driver.memory().write(start(driver), new byte[]{ 8 });
                driver.memory().write(start(driver) + PmemFile.UNIT - 1, new byte[]{ 9 });
                assertEquals(PmemDevice.OK, flush(driver));
                assertEquals(7, other.memory().read(start(other), 1)[0]);
            }
            assertArrayEquals(new byte[]{ 7 }, Files.readAllBytes(image));
        }
    }

    @Test
    void manyFlushesAtOnceAreAllAnswered() {
        try (MockDriver driver = MockDriver.started(create())) {
            MockRing ring = driver.ring(0);
            int at = 0;
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < PmemDevice.QUEUE_SIZE / 2; i++) {
                    long buffer = driver.allocate(32);
                    driver.memory().view(buffer + 16, 4).putInt(0, 99);
                    ring.post(1, buffer, 4, buffer + 16, 4);
                    if ((i & 3) == 0) {
                        driver.kick(0);
                    }
                }
                driver.kick(0);
                for (int i = 0; i < PmemDevice.QUEUE_SIZE / 2; i++) {
                    driver.awaitUsed(0);
                    assertEquals(4, ring.takeUsed(), "answer " + at++);
                }
            }
            assertFalse(driver.needsReset());
        }
    }

    @Test
    void otherRequestsAreErrorsAndShortOnesLies() {
        try (MockDriver driver = MockDriver.started(create())) {
            assertEquals(PmemDevice.ERROR, driver.call(0, new byte[]{ 1, 0, 0, 0 }, 4)[0]);
            assertEquals(PmemDevice.ERROR, driver.call(0, new byte[]{ 0, 0, 0, 1 }, 4)[0]);
            driver.ring(0).post(1, driver.allocate(16), 3, driver.allocate(16), 4);
            driver.kick(0);
            assertTrue(driver.needsReset());
            driver.reset();
            driver.start();
            driver.ring(0).post(1, driver.allocate(16), 4, driver.allocate(16), 3);
            driver.kick(0);
            assertTrue(driver.needsReset());
        }
    }

    /** Nobody asks for the memory before the device has heard of the cut: on hardware, who does waits for that. */
    @Test
    void aFileThatWasCutShortFailsAndTheMemoryStays() throws Exception {
        Path image = images.image(PmemImages.SIZE);
        try (MockDriver driver = MockDriver.started(shared(image))) {
            driver.memory().write(start(driver), new byte[]{ 5 });
            driver.memory().write(start(driver) + 100_000, new byte[]{ 6 });
            assertEquals(PmemDevice.OK, flush(driver));
            PmemImages.cut(image, 5000);
            awaitZero(driver, 100_000);
            assertEquals(PmemDevice.ERROR, flush(driver));
            assertEquals(5, touch(driver, 0));
            MemoryWindow window = driver.memory().windows().placed().getFirst();
            assertEquals(MemoryWindow.Verdict.WHOLE, window.missing(MemoryWindow.SOMEWHERE));
            PmemImages.cut(image, 0);
            awaitZero(driver, 0);
            PmemImages.cut(image, PmemImages.SIZE);
            assertEquals(PmemDevice.ERROR, flush(driver), "what was cut off is lost");
            driver.memory().write(start(driver) + PmemImages.SIZE - 1, new byte[]{ 7 });
            assertFalse(driver.needsReset());
        }
        assertArrayEquals(new byte[PmemImages.SIZE], Files.readAllBytes(image));
    }

    /** As a guest does whose KVM tries again and again. */
    private static void awaitZero(MockDriver driver, long offset) throws InterruptedException {
        for (int tries = 0;; tries++) {
            try {
                if (touch(driver, offset) == 0) {
                    return;
                }
            } catch (InternalError e) {
                assertTrue(e.getMessage().contains("fault"), e.getMessage());
            }
            assertTrue(tries < 2_000, "the device hears of the cut");
            Thread.sleep(10);
        }
    }

    /** The same where nobody watches: who finds a page missing asks. */
    @Test
    void aCutIsMendedByWhoeverFindsIt() {
        Path image = images.image(PmemImages.SIZE);
        try (MockDriver driver = MockDriver.forDevice(new EntropyDevice(EntropyConfig.UNLIMITED));
                PmemFile file = PmemFile.open(PmemConfig.of(image.toString()), 0);
                PmemWindow window = new PmemWindow(file, driver.memory(), false)) {
            driver.memory().write(window.window().address() + 5000, new byte[]{ 6 });
            PmemImages.cut(image, 5000);
            byte[] found = new byte[1];
            assertThrows(InternalError.class, () -> {
                found[0] = driver.memory().view(window.window().address() + 100_000, 1).get(0);
                Thread.yield(); // the JVM tells of the fault at the next moment that it can
            }, "what the JVM makes of a SIGBUS");
            assertEquals(MemoryWindow.Verdict.MENDED, window.missing(100_000));
            assertEquals(0, driver.memory().read(window.window().address() + 100_000, 1)[0]);
            assertEquals(MemoryWindow.Verdict.WHOLE, window.missing(MemoryWindow.SOMEWHERE));
            assertTrue(file.failed());
        }
    }

    private static int touch(MockDriver driver, long offset) {
        ByteBuffer bytes = driver.memory().view(start(driver) + offset, 1);
        int found = bytes.get(0);
        Thread.yield(); // the JVM tells of the fault at the next moment that it can
        return found;
    }

    /** A device of another kind that is given a lost page is stopped; this process goes on. */
    @Test
    void aBufferInLostMemoryStopsTheDeviceThatUsesIt() {
        Path image = images.image(PmemImages.SIZE);
        try (MockDriver driver = MockDriver.started(new EntropyDevice(EntropyConfig.UNLIMITED));
                PmemFile file = PmemFile.open(PmemConfig.of(image.toString()), 0);
                PmemWindow window = new PmemWindow(file, driver.memory(), false)) {
            long buffer = window.window().address() + PmemImages.SIZE - 4096;
            driver.ring(0).post(0, buffer, 100);
            driver.kick(0);
            assertEquals(100, driver.ring(0).takeUsed());
            assertFalse(Arrays.equals(new byte[100], driver.memory().read(buffer, 100)));
            PmemImages.cut(image, 4096);
            driver.ring(0).post(0, buffer, 100);
            driver.kick(0);
            assertTrue(driver.needsReset());
            driver.reset();
            driver.start();
            assertEquals(9, driver.call(0, new byte[0], 9).length);
        }
    }

    @Test
    void queuesAreInRamOnly() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            driver.negotiate(driver.offered());
            long window = start(driver);
            driver.makeReady(0, new QueueLayout(4, window, window + 0x1000, window + 0x2000));
            assertTrue(driver.needsReset());
        }
    }

    @Test
    void aRestoredDeviceIsWhereItWas() throws InterruptedException {
        MockDriver driver = MockDriver.forDevice(create());
        Path other = images.image(PmemImages.SIZE);
        try (PmemFile file = PmemFile.open(PmemConfig.of(other.toString()), 0);
                PmemWindow first = new PmemWindow(file, driver.memory(), false)) {
            first.window().moveTo(7L << 30);
            driver.start();
        }
        driver.memory().windows().placed().getFirst().moveTo(5L << 30);
        driver.close();
        MockDriver moved = MockDriver.started(create());
        moved.transport().device().restore(state(6L << 30, PmemImages.SIZE));
        assertEquals(6L << 30, start(moved));
        try (MockDriver after = moved.restoredWith(create())) {
            assertEquals(6L << 30, start(after));
            proveWorking(after);
            VirtioDevice device = after.transport().device();
            assertThrows(StateException.class, () -> device.restore(state(6L << 30, PmemImages.SIZE + 1)));
            for (long address : new long[]{ 0, 1 << 20, (6L << 30) + 4096, -1L << 30, Long.MIN_VALUE, 1L << 40 }) {
                assertThrows(StateException.class, () -> device.restore(state(address, PmemImages.SIZE)));
            }
            assertEquals(6L << 30, start(after));
        }
    }

    private static StateReader state(long address, long content) {
        return new StateReader("test", 1,
                ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(address).putLong(content).array());
    }

    @Test
    void whatIsPrivateIsNotSaved() throws InterruptedException {
        Path image = images.image(PmemImages.SIZE);
        PmemConfig config = PmemConfig.of(image.toString()).with(Sharing.PRIVATE);
        try (MockDriver driver = MockDriver.started(images.device(config))) {
            String message = assertThrows(StateException.class,
                    () -> driver.restoredWith(images.device(config))).getMessage();
            assertTrue(message.contains(image.toString()) && message.contains("private"), message);
        }
    }
}
