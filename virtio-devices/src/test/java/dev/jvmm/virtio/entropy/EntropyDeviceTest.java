package dev.jvmm.virtio.entropy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EntropyDeviceTest extends VirtioDeviceContract {
    @Override
    protected VirtioDevice create() {
        return new EntropyDevice(EntropyConfig.UNLIMITED, new Random(1)::nextBytes, System::nanoTime);
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        byte[] bytes = driver.call(0, new byte[0], 100);
        assertEquals(100, bytes.length);
        assertFalse(Arrays.equals(new byte[100], bytes));
    }

    @Override
    protected Runnable steadyRequest(MockDriver driver) {
        MockRing ring = driver.ring(0);
        int head = ring.post(0, driver.allocate(64), 64);
        driver.kick(0);
        ring.takeUsedAndKeep();
        return () -> {
            ring.publish(head);
            driver.kick(0);
            ring.takeUsedAndKeep();
        };
    }

    /** Firecracker #5762: a guest that asks for gigabytes gets a page, and the host allocates nothing for it. */
    @Test
    void ahugeRequestGetsABoundedAnswer() {
        try (MockDriver driver = MockDriver.started(create())) {
            MockRing ring = driver.ring(0);
            long[] buffers = new long[128];
            for (int i = 0; i < 64; i++) {
                buffers[2 * i + 1] = MockDriver.MEMORY;
            }
            // all of RAM 64 times over; the answer ends up in its first page, far below the rings
            ring.post(0, buffers);
            driver.kick(0);
            assertEquals(EntropyDevice.MOST_BYTES, ring.takeUsed());
        }
    }

    @Test
    void anEmptyRequestIsAnswered() {
        try (MockDriver driver = MockDriver.started(create())) {
            driver.ring(0).post(0, driver.allocate(1), 0);
            driver.kick(0);
            assertEquals(0, driver.ring(0).takeUsed());
        }
    }

    @Test
    void aReadableBufferIsALie() {
        try (MockDriver driver = MockDriver.started(create())) {
            driver.ring(0).post(1, driver.allocate(8), 8);
            driver.kick(0);
            assertTrue(driver.needsReset());
        }
    }

    @Test
    void aLimitHoldsAndIsEarnedAgain() {
        AtomicLong clock = new AtomicLong();
        EntropyDevice limited = new EntropyDevice(new EntropyConfig(1000, 50), new Random(1)::nextBytes, clock::get);
        try (MockDriver driver = MockDriver.started(limited)) {
            MockRing ring = driver.ring(0);
            long buffer = driver.allocate(100);
            ring.post(0, buffer, 100);
            ring.post(0, buffer, 100);
            driver.kick(0);
            assertEquals(50, ring.takeUsed());
            assertFalse(ring.hasUsed());
            clock.addAndGet(20_000_000);
            driver.awaitUsed(0);
            assertEquals(20, ring.takeUsed());
            clock.addAndGet(3_600_000_000_000L);
            assertEquals(50, driver.call(0, new byte[0], 100).length);
        }
    }

    @Test
    void theHostsRandomnessIsRandom() {
        EntropySource host = EntropySource.ofHost();
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        host.fill(first);
        host.fill(second);
        assertFalse(Arrays.equals(first, second));
        assertThrows(AssertionError.class, () -> assertArrayEquals(new byte[32], first));
    }

    @Test
    void badLimitsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new EntropyConfig(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> new EntropyConfig(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new EntropyConfig(0, -1));
    }
}
