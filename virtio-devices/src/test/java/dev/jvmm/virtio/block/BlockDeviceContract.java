package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
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
}
