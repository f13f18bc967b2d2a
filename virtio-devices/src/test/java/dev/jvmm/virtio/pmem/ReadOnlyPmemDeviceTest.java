package dev.jvmm.virtio.pmem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** One that has nothing to flush answers at once. */
class ReadOnlyPmemDeviceTest extends VirtioDeviceContract {
    @TempDir
    Path folder;

    private PmemImages images;
    private Path image;

    @Override
    protected VirtioDevice create() {
        if (images == null) {
            images = new PmemImages(folder);
            image = images.image(10_000);
        }
        return images.device(PmemConfig.of(image.toString()).with(PmemConfig.Sharing.READ_ONLY));
    }

    @AfterEach
    void end() {
        images.close();
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        assertEquals(PmemDevice.OK, driver.call(0, new byte[4], 4)[0]);
    }

    @Override
    protected Runnable steadyRequest(MockDriver driver) {
        MockRing ring = driver.ring(0);
        long buffer = driver.allocate(64);
        int head = ring.post(1, buffer, 4, buffer + 16, 4);
        driver.kick(0);
        ring.takeUsedAndKeep();
        return () -> {
            ring.publish(head);
            driver.kick(0);
            ring.takeUsedAndKeep();
        };
    }
}
