package dev.jvmm.virtio.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.block.BlockDevice;
import dev.jvmm.virtio.block.DiskConfig;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.testing.EchoDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Drivers on several vCPUs that know nothing of each other: resets, kicks, new queues and lies at any moment of each other's. */
@Timeout(120)
class SeveralVcpusTest {
    private static final int VCPUS = 3;
    private static final int STEPS = 3000;
    private static final int HEADS = 8;

    @TempDir
    Path folder;

    /** One vCPU's driver; it shares the rings with the others. */
    private static final class Vcpu extends Thread {
        private final MockDriver driver;
        private final MockRing ring;
        private final long buffer;
        private final Random random;
        private Throwable failure;

        Vcpu(MockDriver driver, MockRing ring, long buffer, int number) {
            super("vcpu" + number);
            this.driver = driver;
            this.ring = ring;
            this.buffer = buffer;
            random = new Random(number);
        }

        @Override
        public void run() {
            try {
                for (int i = 0; i < STEPS; i++) {
                    step(random.nextInt(16));
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        }

        private void step(int what) {
            switch (what) {
                case 0 -> driver.write(MmioRegisters.STATUS, 0);
                case 1, 2, 3 -> bringUp();
                case 4 -> driver.write(MmioRegisters.QUEUE_READY, random.nextInt(2));
                case 5 -> driver.acknowledge();
                case 6 -> driver.config(random.nextInt(16), 4);
                case 7 -> ring.availableIndex(random.nextInt(0x1_0000));
                default -> request();
            }
        }

        private void bringUp() {
            driver.write(MmioRegisters.STATUS, 0);
            driver.addStatus(DeviceStatus.ACKNOWLEDGE);
            driver.addStatus(DeviceStatus.DRIVER);
            driver.accept(VirtioFeature.VERSION_1);
            driver.addStatus(DeviceStatus.FEATURES_OK);
            QueueLayout layout = ring.layout();
            ring.availableIndex(0);
            driver.makeReady(0, layout);
            driver.addStatus(DeviceStatus.DRIVER_OK);
        }

        /** A read of a block device, or anything to the others; published without a look at what is there. */
        private void request() {
            int head = random.nextInt(HEADS / 2) * 3;
            ring.descriptor(head, buffer, 16, MockRing.F_NEXT, head + 1);
            ring.descriptor(head + 1, buffer + 64, 512, MockRing.F_NEXT | MockRing.F_WRITE, head + 2);
            ring.descriptor(head + 2, buffer + 1024, 1, MockRing.F_WRITE, 0);
            ring.publish(head);
            driver.kick(0);
        }
    }

    private static void torture(VirtioDevice device) throws InterruptedException {
        try (MockDriver driver = MockDriver.started(device)) {
            MockRing ring = driver.ring(0);
            List<Vcpu> vcpus = new ArrayList<>();
            for (int i = 0; i < VCPUS; i++) {
                Vcpu vcpu = new Vcpu(driver, ring, driver.allocate(2048), i);
                vcpus.add(vcpu);
                vcpu.start();
            }
            for (Vcpu vcpu : vcpus) {
                vcpu.join();
            }
            for (Vcpu vcpu : vcpus) {
                assertEquals(null, vcpu.failure);
            }
            driver.reset();
            driver.rewind();
            driver.start();
            assertFalse(driver.needsReset());
            if (device instanceof EchoDevice) {
                assertArrayEquals(new byte[]{ 1, 2 }, driver.call(0, new byte[]{ 1, 2 }, 2));
            } else {
                assertEquals(513, driver.call(0, new byte[16], 513).length);
            }
        }
    }

    @Test
    void theyDoNotHarmADevice() throws InterruptedException {
        torture(new EchoDevice());
    }

    @ParameterizedTest
    @EnumSource(names = { "AUTO", "THREADS" })
    void theyDoNotHarmADisk(DiskConfig.Engine engine) throws IOException, InterruptedException {
        Path image = folder.resolve("disk");
        Files.write(image, new byte[1 << 20]);
        torture(BlockDevice.open("test", DiskConfig.of(image.toString()).withEngine(engine)));
    }
}
