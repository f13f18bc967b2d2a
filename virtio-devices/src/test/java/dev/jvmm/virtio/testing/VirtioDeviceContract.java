package dev.jvmm.virtio.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * What every virtio device keeps, whatever it does: the status machine, negotiation, bounds, and that neither a lie nor a reset at a bad
 * moment is the end of it. A device's test extends this.
 */
public abstract class VirtioDeviceContract extends BringUpContract {
    private static final int WARM_UP = 30_000;
    private static final int MEASURED = 10_000;

    /** For subclasses. */
    protected VirtioDeviceContract() {}

    /**
     * A request to repeat that should allocate nothing in the device, prepared in a driver that has just started; each run of it is one
     * request. Devices without one that runs on the kicking thread leave it out.
     */
    protected Runnable steadyRequest(MockDriver driver) {
        return null;
    }

    /** Whether a restored device whose driver is active has something to tell it, so that its configuration is another one. */
    protected boolean changesWhenRestored() {
        return false;
    }

    /** What the guest writes after a queue is ready changes nothing (Firecracker CVE-2026-5747). */
    @Test
    void aReadyQueueStaysWhereItIs() {
        try (MockDriver driver = MockDriver.started(create())) {
            for (int queue = 0; queue < driver.transport().device().queues(); queue++) {
                driver.makeReady(queue, new QueueLayout(32768, 0xFFFF_FFFF_FFFF_FFF0L, 0, 0x10));
                driver.makeReady(queue, new QueueLayout(2, 0x2000, 0x3000, 0x4000));
                assertEquals(1, driver.read(MmioRegisters.QUEUE_READY));
            }
            assertFalse(driver.needsReset());
            proveWorking(driver);
        }
    }

    @Test
    void nothingHappensBeforeTheDriverIsReady() {
        try (MockDriver driver = driver()) {
            for (int step = 0; step < ALL_STEPS - 1; step++) {
                step(driver, step);
                for (int queue = 0; queue < driver.transport().device().queues(); queue++) {
                    driver.kick(queue);
                }
                driver.kick(-1);
                driver.kick(99);
            }
            assertEquals(0, driver.interrupts());
            assertEquals(0, driver.acknowledge());
            step(driver, ALL_STEPS - 1);
            proveWorking(driver);
        }
    }

    @Test
    void itCanBeResetAtAnyMoment() {
        try (MockDriver driver = driver()) {
            for (int last = 0; last < ALL_STEPS; last++) {
                for (int step = 0; step <= last; step++) {
                    step(driver, step);
                }
                driver.reset();
                assertEquals(0, driver.status());
                assertEquals(0, driver.read(MmioRegisters.INTERRUPT_STATUS));
                for (int queue = 0; queue < driver.transport().device().queues(); queue++) {
                    driver.write(MmioRegisters.QUEUE_SEL, queue);
                    assertEquals(0, driver.read(MmioRegisters.QUEUE_READY));
                }
            }
            driver.start();
            proveWorking(driver);
        }
    }

    @Test
    void requestsUnderWayAreForgottenByAReset() {
        try (MockDriver driver = driver()) {
            for (int round = 0; round < 20; round++) {
                driver.start();
                for (int queue = 0; queue < driver.transport().device().queues(); queue++) {
                    long buffer = driver.allocate(8192);
                    driver.ring(queue).post(1, buffer, 64, buffer + 4096, 64);
                    driver.kick(queue);
                }
                driver.reset();
            }
            driver.start();
            assertEquals(0, driver.read(MmioRegisters.INTERRUPT_STATUS) & ~MmioRegisters.INTERRUPT_CONFIG_CHANGE);
            proveWorking(driver);
        }
    }

    /** A lie in one queue stops this device, says so to the driver, and ends with its reset. */
    @Test
    void aLieStopsItUntilItIsReset() {
        int queues = create().queues();
        for (int queue = 0; queue < queues; queue++) {
            try (MockDriver driver = MockDriver.started(create())) {
                driver.ring(queue).availableIndex(0x8000);
                driver.kick(queue);
                if (driver.needsReset()) {
                    assertEquals(MmioRegisters.INTERRUPT_CONFIG_CHANGE, driver.acknowledge());
                    int edges = driver.interrupts();
                    driver.kick(queue);
                    assertEquals(edges, driver.interrupts(), "it stands still");
                    assertFalse(driver.addStatus(0x30));
                }
                driver.reset();
                assertFalse(driver.needsReset());
                driver.start();
                proveWorking(driver);
            }
        }
    }

    @Test
    void queuesThatLieNowhereAreRefused() {
        long beyond = MockDriver.MEMORY;
        QueueLayout[] bad = {
            new QueueLayout(4, beyond, 0x2000, 0x3000), new QueueLayout(4, 0x1000, beyond - 2, 0x3000),
            new QueueLayout(4, 0x1000, 0x2000, beyond - 4), new QueueLayout(4, -16, 0x2000, 0x3000),
            new QueueLayout(4, 0x1008, 0x2000, 0x3000), new QueueLayout(4, 0x1000, 0x2001, 0x3000),
            new QueueLayout(4, 0x1000, 0x2000, 0x3002), new QueueLayout(3, 0x1000, 0x2000, 0x3000),
            new QueueLayout(0, 0x1000, 0x2000, 0x3000), new QueueLayout(-4, 0x1000, 0x2000, 0x3000),
            new QueueLayout(65536, 0x1000, 0x2000, 0x3000),
        };
        try (MockDriver driver = driver()) {
            for (QueueLayout layout : bad) {
                assertTrue(driver.negotiate(driver.offered()));
                driver.makeReady(0, layout);
                assertEquals(0, driver.read(MmioRegisters.QUEUE_READY), layout::toString);
                assertTrue(driver.needsReset(), layout::toString);
                assertEquals(0, driver.interrupts(), "the driver is not listening yet");
            }
            driver.start();
            proveWorking(driver);
        }
    }

    @Test
    void garbageInItsQueuesIsNotTheEnd() {
        Random random = new Random(20261122);
        try (MockDriver driver = driver()) {
            for (int round = 0; round < 200; round++) {
                driver.start();
                long area = 0x8_0000;
                for (int queue = 0; queue < driver.transport().device().queues(); queue++) {
                    MockRing ring = driver.ring(queue);
                    int size = ring.layout().size();
                    for (int i = 0; i < Math.min(size, 16); i++) {
                        long address = random.nextInt(50) == 0 ? random.nextLong() : area + random.nextInt(0x1_0000);
                        int length = random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(600);
                        int flags = random.nextInt(30) == 0 ? random.nextInt() : random.nextInt(4);
                        ring.descriptor(i, address, length, flags, random.nextInt(Math.min(size, 16) + (round & 1)));
                    }
                    byte[] noise = new byte[256];
                    random.nextBytes(noise);
                    driver.memory().write(area + random.nextInt(0x1_0000), noise);
                    for (int i = 0; i < 4; i++) {
                        ring.publish(random.nextInt(Math.min(size, 16)));
                    }
                    driver.kick(queue);
                }
                driver.reset();
                driver.rewind();
            }
            driver.start();
            proveWorking(driver);
        }
    }

    @Test
    void itSavesAndRestoresItselfInEveryState() throws InterruptedException {
        for (int last = -1; last < ALL_STEPS; last++) {
            MockDriver driver = driver();
            for (int step = 0; step <= last; step++) {
                step(driver, step);
            }
            int status = driver.status();
            int generation = driver.read(MmioRegisters.CONFIG_GENERATION);
            try (MockDriver after = driver.restoredWith(create())) {
                assertEquals(status, after.status());
                if (last < ALL_STEPS - 1 || !changesWhenRestored()) {
                    assertEquals(generation, after.read(MmioRegisters.CONFIG_GENERATION));
                }
                for (int step = last + 1; step < ALL_STEPS; step++) {
                    step(after, step);
                }
                proveWorking(after);
            }
        }
    }

    @Test
    void itGoesOnWhereItWasSaved() throws InterruptedException {
        MockDriver driver = MockDriver.started(create());
        proveWorking(driver);
        try (MockDriver after = driver.restoredWith(create())) {
            proveWorking(after);
        }
        MockDriver broken = MockDriver.started(create());
        broken.ring(0).availableIndex(0x8000);
        broken.kick(0);
        int status = broken.status();
        try (MockDriver after = broken.restoredWith(create())) {
            assertEquals(status, after.status());
            after.reset();
            after.start();
            proveWorking(after);
        }
    }

    @Test
    void aRequestAllocatesNothing() {
        try (MockDriver driver = MockDriver.started(create())) {
            Runnable request = steadyRequest(driver);
            Assumptions.assumeTrue(request != null, "this device has no request that runs on the kicking thread");
            for (int i = 0; i < WARM_UP; i++) {
                request.run();
            }
            com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory
                    .getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < MEASURED; i++) {
                request.run();
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < MEASURED, allocated + " bytes for " + MEASURED + " requests");
        }
    }
}
