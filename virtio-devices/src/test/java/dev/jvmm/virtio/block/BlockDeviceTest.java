package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.state.StateException;
import dev.jvmm.virtio.testing.MockRing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** A disk whose operations complete when the test says so. */
final class BlockDeviceTest extends ManualDisk {
    @Test
    void requestsCompleteInAnyOrderEachWithItsStatus() throws InterruptedException {
        post(0, BlockSpec.T_IN, 1);
        post(1, BlockSpec.T_OUT, 2);
        post(2, BlockSpec.T_IN, 3);
        assertEquals(3, engine.inFlight());
        assertEquals(0, driver.interrupts());
        engine.waiting.addFirst(engine.waiting.removeLast());
        engine.complete(1, 0);
        assertEquals(0, status(2));
        assertEquals(BlockDriver.UNTOUCHED, status(0));
        assertEquals(513, driver.ring(0).takeUsed());
        engine.complete(1, -Errno.EIO);
        assertEquals(BlockSpec.S_IOERR, status(0));
        assertEquals(0, driver.ring(0).takeUsed());
        engine.complete(1, -Errno.ENOSPC);
        assertEquals(BlockSpec.S_IOERR, status(1));
        assertEquals(1, driver.ring(0).takeUsed());
        assertFalse(driver.needsReset());
    }

    /** The driver rewrites a request that was read: the first look counts, and the buffers that were checked then. */
    @Test
    void requestIsReadOnce() throws InterruptedException {
        post(0, BlockSpec.T_OUT, 7);
        long checked = engine.waiting.getFirst().vectorStart(0);
        driver.memory().write(buffer, BlockDriver.header(BlockSpec.T_IN, -1));
        MockRing ring = driver.ring(0);
        for (int i = 0; i < 3; i++) {
            ring.descriptor(i, -1, 0xFFFF_FFFFL, MockRing.F_WRITE, 0);
        }
        DiskOperation operation = engine.waiting.getFirst();
        assertEquals(DiskOperation.Kind.WRITE, operation.kind);
        assertEquals(7 * 512, operation.offset);
        assertEquals(checked, operation.vectorStart(0));
        engine.complete(1, 0);
        assertEquals(0, status(0));
    }

    /** A guest that makes requests fail, now in one way and now in another, does not fill the log. */
    @Test
    void eachKindOfFailureIsLoggedOnce() throws InterruptedException {
        List<LogRecord> lines = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.jvmm.virtio.block");
        logger.addHandler(handler);
        try {
            for (int i = 0; i < 20; i++) {
                post(0, BlockSpec.T_OUT, 1);
                engine.complete(1, i % 2 == 0 ? -Errno.EIO : -Errno.ENOSPC);
                driver.ring(0).takeUsed();
            }
        } finally {
            logger.removeHandler(handler);
        }
        assertEquals(2, lines.size());
    }

    /** A reset waits for what is in flight, which then vanishes (Cloud Hypervisor CVE-2026-45782). */
    @Test
    void resetWaitsForWhatIsInFlight() throws InterruptedException {
        post(0, BlockSpec.T_IN, 1);
        post(1, BlockSpec.T_OUT, 1);
        Thread vcpu = new Thread(driver::reset);
        vcpu.start();
        while (vcpu.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        engine.complete(1, 0);
        assertEquals(1, engine.inFlight());
        assertTrue(vcpu.isAlive(), "memory is still worked on");
        engine.complete(1, 0);
        vcpu.join();
        assertEquals(BlockDriver.UNTOUCHED, status(0));
        assertEquals(BlockDriver.UNTOUCHED, status(1));
        driver.start();
        prepare();
        post(0, BlockSpec.T_IN, 1);
        engine.complete(1, 0);
        assertEquals(0, status(0));
    }

    /** What was in flight when the driver lied comes to an end without anybody hearing of it. */
    @Test
    void brokenDeviceStillLetsItsRequestsEnd() throws InterruptedException {
        post(0, BlockSpec.T_IN, 1);
        driver.ring(0).availableIndex(0x4000);
        driver.kick(0);
        assertTrue(driver.needsReset());
        engine.complete(1, 0);
        assertEquals(BlockDriver.UNTOUCHED, status(0));
        driver.reset();
        driver.start();
    }

    @Test
    void snapshotWaitsForWhatIsInFlight() throws Exception {
        post(0, BlockSpec.T_IN, 1);
        ManualEngine freshEngine = new ManualEngine();
        DiskConfig other = DiskConfig.of(image("other", 1 << 20).toString());
        Thread completer = new Thread(() -> {
            try {
                engine.complete(1, 0);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        completer.start();
        driver = driver.restoredWith(device(other, freshEngine));
        completer.join();
        assertEquals(0, status(0));
        assertEquals(0, freshEngine.inFlight());
        assertEquals(513, driver.ring(0).takeUsed());
    }

    @Test
    void snapshotOfAnotherDiskIsRefused() throws IOException {
        DiskConfig other = DiskConfig.of(image("other", 2 << 20).toString());
        BlockDevice fresh = device(other, new ManualEngine());
        StateException refusal = assertThrows(StateException.class, () -> driver.restoredWith(fresh));
        assertTrue(refusal.getMessage().contains("2048 sectors") && refusal.getMessage().contains("4096"),
                refusal.getMessage());
        fresh.close();
    }

    @Test
    void writesAreDurableAsTheDriverChooses() throws Exception {
        post(0, BlockSpec.T_OUT, 1);
        assertFalse(engine.waiting.getFirst().durable);
        engine.complete(1, 0);
        assertEquals(1, driver.config(BlockSpec.CONFIG_WCE, 1));
        driver.writeConfig(BlockSpec.CONFIG_WCE, 1, 0);
        assertEquals(0, driver.config(BlockSpec.CONFIG_WCE, 1));
        post(1, BlockSpec.T_OUT, 1);
        assertTrue(engine.waiting.getFirst().durable);
        engine.complete(1, 0);
        driver.writeConfig(BlockSpec.CONFIG_WCE, 1, 2);
        driver.writeConfig(0, 8, 1 << 30);
        assertEquals(0, driver.config(BlockSpec.CONFIG_WCE, 1));
        assertEquals(2048, driver.config(0, 8));
        ManualEngine freshEngine = new ManualEngine();
        driver = driver.restoredWith(device(DiskConfig.of(image("other", 1 << 20).toString()), freshEngine));
        assertEquals(0, driver.config(BlockSpec.CONFIG_WCE, 1));
        post(2, BlockSpec.T_OUT, 1);
        assertTrue(freshEngine.waiting.getFirst().durable, "restored");
        freshEngine.complete(1, 0);
    }

    @Test
    void driverThatCanNotFlushGetsDurableWrites() throws InterruptedException {
        long all = driver.offered();
        for (long without : new long[]{ BlockSpec.F_FLUSH, BlockSpec.F_FLUSH | BlockSpec.F_CONFIG_WCE }) {
            driver.reset();
            driver.rewind();
            driver.start(all & ~without);
            prepare();
            post(0, BlockSpec.T_OUT, 1);
            assertTrue(engine.waiting.getFirst().durable);
            engine.complete(1, 0);
        }
        driver.reset();
        driver.rewind();
        driver.start(all & ~BlockSpec.F_CONFIG_WCE);
        prepare();
        driver.writeConfig(BlockSpec.CONFIG_WCE, 1, 0);
        post(0, BlockSpec.T_OUT, 1);
        assertFalse(engine.waiting.getFirst().durable, "the field is not the driver's");
        engine.complete(1, 0);
    }

    /** As many at a time as the queue holds, over and over; the requests are used again. */
    @Test
    void wholeQueueAtATime() throws InterruptedException {
        MockRing ring = driver.ring(0);
        for (int round = 0; round < 5; round++) {
            int posted = 0;
            while (ring.free() >= 3) {
                ring.post(1, buffer, 16, buffer + 512, 512, buffer + 16, 1);
                posted++;
            }
            driver.memory().write(buffer, BlockDriver.header(BlockSpec.T_IN, 0));
            driver.kick(0);
            assertEquals(posted, engine.inFlight());
            engine.complete(posted, 0);
            for (int i = 0; i < posted; i++) {
                assertEquals(513, ring.takeUsed());
            }
        }
        post(0, BlockSpec.T_IN, 0);
        assertTrue(engine.waiting.getFirst().id < BlockDevice.QUEUE_SIZE / 3 + 1);
        engine.complete(1, 0);
    }
}
