package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.rate.RateLimit;
import dev.jvmm.virtio.testing.MockDriver;
import org.junit.jupiter.api.Test;

/** A disk with limits; its operations complete when the test says so. */
final class BlockLimitsTest extends ManualDisk {
    private void limited(RateLimit limit) {
        driver.close();
        driver = MockDriver.started(device(config.withOperations(limit), engine));
        prepare();
    }

    /** Requests beyond the limit wait, and all are served in the end. */
    @Test
    void limitedRequestsWaitForTheirTurn() throws InterruptedException {
        limited(new RateLimit(50, 2));
        for (int i = 0; i < 6; i++) {
            post(i, BlockSpec.T_IN, i);
        }
        int served = 0;
        for (int i = 0; i < 6; i++) {
            while (engine.inFlight() == 0) {
                Thread.sleep(1);
            }
            assertEquals(i * 512L, engine.waiting.getFirst().offset, "in order");
            engine.complete(1, 0);
            served++;
        }
        assertEquals(6, served);
        assertEquals(6, driver.ring(0).usedIndex());
    }

    /** One queue that always has requests does not keep another from the limits for ever. */
    @Test
    void queuesTakeTurnsAtTheLimit() throws InterruptedException {
        config = config.withQueues(2);
        limited(new RateLimit(20, 1));
        post(0, 0, BlockSpec.T_IN, 0);
        post(1, 1, BlockSpec.T_IN, 9);
        for (int i = 2; i < 6; i++) {
            post(0, i, BlockSpec.T_IN, i);
        }
        int before = -1;
        long offset;
        do {
            while (engine.inFlight() == 0) {
                Thread.sleep(1);
            }
            offset = engine.waiting.getFirst().offset;
            engine.complete(1, 0);
            before++;
        } while (offset != 9 * 512);
        assertTrue(before <= 2, before + " requests of the other queue came first");
    }

    @Test
    void resetForgetsRequestsThatWaitForTheirTurn() throws InterruptedException {
        limited(new RateLimit(1, 1));
        post(0, BlockSpec.T_IN, 0);
        post(1, BlockSpec.T_IN, 1);
        assertEquals(1, engine.inFlight());
        engine.complete(1, 0);
        driver.reset();
        assertEquals(BlockDriver.UNTOUCHED, status(1));
        assertEquals(0, engine.inFlight());
    }

    /** They are in the queue's record: the machine that goes on carries them out. */
    @Test
    void snapshotKeepsRequestsThatWaitForTheirTurn() throws Exception {
        limited(new RateLimit(1, 1));
        post(0, BlockSpec.T_IN, 0);
        post(1, BlockSpec.T_IN, 1);
        engine.complete(1, 0);
        ManualEngine freshEngine = new ManualEngine();
        driver = driver.restoredWith(device(DiskConfig.of(image("other", 1 << 20).toString()), freshEngine));
        assertEquals(1, freshEngine.inFlight());
        assertEquals(512, freshEngine.waiting.getFirst().offset);
        freshEngine.complete(1, 0);
        assertEquals(0, status(1));
    }
}
