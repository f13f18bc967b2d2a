package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk as a virtio device; each one made has an image of its own, since an image belongs to one. */
abstract class BlockDeviceContract extends VirtioDeviceContract {
    static final int SECTORS = 2048;

    @TempDir
    Path folder;

    private final List<BlockDevice> made = new ArrayList<>();

    /** Of the disks that are made. */
    abstract DiskConfig configure(DiskConfig config);

    @Override
    protected VirtioDevice create() {
        Path path = folder.resolve("disk" + made.size());
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(SECTORS * 512L);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        BlockDevice device = BlockDevice.open("test", configure(DiskConfig.of(path.toString())));
        made.add(device);
        return device;
    }

    /** Some were made only to ask them something. */
    @AfterEach
    void closeAll() {
        made.forEach(BlockDevice::close);
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        BlockDriver block = new BlockDriver(driver);
        byte[] data = new byte[5 * 512];
        new Random(driver.interrupts()).nextBytes(data);
        for (int queue = 0; queue < driver.transport().device().queues(); queue++) {
            assertEquals(0, block.send(queue, BlockSpec.T_OUT, 100 + queue, data, 0).status());
            assertEquals(0, block.send(queue, BlockSpec.T_FLUSH, 0, new byte[0], 0).status());
            assertArrayEquals(data, block.send(queue, BlockSpec.T_IN, 100 + queue, new byte[0], data.length).data());
        }
    }

    /** Who asks for the serial number is answered at once. */
    @Override
    protected Runnable steadyRequest(MockDriver driver) {
        MockRing ring = driver.ring(0);
        long buffer = driver.allocate(64);
        driver.memory().write(buffer, BlockDriver.header(BlockSpec.T_GET_ID, 0));
        ring.post(1, buffer, 16, buffer + 16, 21);
        driver.kick(0);
        ring.takeUsedAndKeep();
        return () -> {
            ring.publish(0);
            driver.kick(0);
            ring.takeUsedAndKeep();
        };
    }

    private void setLength(int disk, long bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("disk" + disk).toFile(), "rw")) {
            file.setLength(bytes);
        }
    }

    private static void refresh(MockDriver driver) throws InterruptedException {
        BlockDevice device = (BlockDevice) driver.transport().device();
        device.refresh();
        CountDownLatch done = new CountDownLatch(1);
        driver.wiring().loop().post(done::countDown);
        done.await();
    }

    @Test
    void diskThatGrowsIsUsedToItsEnd() throws Exception {
        try (MockDriver driver = MockDriver.started(create())) {
            BlockDriver block = new BlockDriver(driver);
            byte[] data = new byte[4096];
            new Random(1).nextBytes(data);
            setLength(made.size() - 1, 2L * SECTORS * 512);
            assertEquals(BlockSpec.S_IOERR, block.write(SECTORS, data).status(), "nobody has looked yet");
            int generation = driver.read(MmioRegisters.CONFIG_GENERATION);
            driver.acknowledge();
            refresh(driver);
            assertEquals(2L * SECTORS, driver.config(BlockSpec.CONFIG_CAPACITY, 8));
            assertNotEquals(generation, driver.read(MmioRegisters.CONFIG_GENERATION));
            assertEquals(MmioRegisters.INTERRUPT_CONFIG_CHANGE, driver.acknowledge());
            assertEquals(0, block.write(2L * SECTORS - 8, data).status());
            assertArrayEquals(data, block.read(2L * SECTORS - 8, 4096).data());
            assertEquals(BlockSpec.S_IOERR, block.write(2L * SECTORS - 7, data).status());
            driver.acknowledge();
            refresh(driver);
            assertEquals(0, driver.acknowledge(), "it is as large as before");
        }
    }

    @Test
    void diskThatIsFoundSmallerFails() throws Exception {
        try (MockDriver driver = MockDriver.started(create())) {
            BlockDriver block = new BlockDriver(driver);
            setLength(made.size() - 1, 4096);
            refresh(driver);
            assertEquals(SECTORS, driver.config(BlockSpec.CONFIG_CAPACITY, 8));
            setLength(made.size() - 1, 4L * SECTORS * 512);
            refresh(driver);
            assertEquals(SECTORS, driver.config(BlockSpec.CONFIG_CAPACITY, 8), "what was cut off is lost");
            assertEquals(BlockSpec.S_IOERR, block.read(0, 512).status());
        }
    }
}
