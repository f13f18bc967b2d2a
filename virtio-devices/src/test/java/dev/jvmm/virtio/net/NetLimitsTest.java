package dev.jvmm.virtio.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.rate.RateLimit;
import org.junit.jupiter.api.Test;

/** Rate limits. They are so low, or so high, that no test depends on how fast it runs. */
class NetLimitsTest extends NetFixture {
    /** A byte a second: a frame that is paid for afterwards takes a minute. */
    private static final RateLimit ONCE = new RateLimit(1, 1);

    @Test
    void afterTheBurstTheDriverWaits() {
        start(NetConfig.of(MAC).withTransmit(new RateLimit(1, 1000)), 0);
        for (int i = 0; i < 10; i++) {
            driver.post(1, NetDriver.frame(300), 2000);
        }
        mock.kick(1);
        assertEquals(4, backend.sent.size(), "the fourth is paid for afterwards");
        assertEquals(4, mock.ring(1).usedIndex());
        mock.kick(1);
        assertEquals(4, backend.sent.size());
        driver.rooms(0, 1, NetDriver.BUFFER);
        backend.arrive(0, NetDriver.frame(64));
        assertArrayEquals(NetDriver.frame(64), driver.receive(0), "the other way has no limit");
        mock.reset();
        assertFalse(mock.needsReset());
    }

    @Test
    void afterTheBurstTheHostWaits() {
        start(NetConfig.of(MAC).withReceive(new RateLimit(1, 1000)), 0);
        driver.rooms(0, 20, NetDriver.BUFFER);
        for (int i = 0; i < 10; i++) {
            backend.incoming.get(0).add(NetDriver.frame(300));
        }
        backend.listener.readable(0);
        assertEquals(4, mock.ring(0).usedIndex());
        assertTrue(backend.isPaused(0));
        driver.rooms(0, 5, NetDriver.BUFFER);
        assertEquals(4, mock.ring(0).usedIndex());
        driver.send(0, NetDriver.frame(64));
        assertEquals(1, backend.sent.size());
    }

    /** Both queues of a direction share its limit, and both go on when it allows. */
    @Test
    void framesGoOnWhenTheLimitAllows() throws InterruptedException {
        backend = new MemoryBackend(PAIRS);
        RateLimit slow = new RateLimit(100_000, 1);
        start(NetConfig.of(MAC).withPairs(PAIRS).withTransmit(slow).withReceive(slow), 0);
        assertEquals(NetControl.OK,
                driver.command(NetControl.CLASS_MQ, NetControl.VQ_PAIRS_SET, NetDriver.little(2, 2)));
        for (int pair = 0; pair < 2; pair++) {
            for (int i = 0; i < 10; i++) {
                driver.post(2 * pair + 1, NetDriver.frame(100), 2000);
                backend.incoming.get(pair).add(NetDriver.frame(100 + i));
            }
        }
        for (int pair = 0; pair < 2; pair++) {
            mock.kick(2 * pair + 1);
            driver.rooms(pair, 20, NetDriver.BUFFER);
            int readable = pair;
            backend.host.post(() -> backend.listener.readable(readable));
        }
        for (int pair = 0; pair < 2; pair++) {
            for (int i = 0; i < 10; i++) {
                mock.awaitUsed(2 * pair + 1);
                assertEquals(0, mock.ring(2 * pair + 1).takeUsed());
                mock.awaitUsed(2 * pair);
                assertArrayEquals(NetDriver.frame(100 + i), driver.receive(pair));
            }
        }
        afterTasks();
        assertEquals(20, device.statistics().sentFrames());
        assertEquals(20, device.statistics().receivedFrames());
    }

    /** A reset with a debt: the next driver has it as well, since it is the same guest. */
    @Test
    void aResetDoesNotLiftTheLimit() {
        start(NetConfig.of(MAC).withTransmit(ONCE), 0);
        driver.send(0, NetDriver.frame(64));
        restart(0);
        driver.post(1, NetDriver.frame(64), 2000);
        mock.kick(1);
        assertEquals(1, backend.sent.size());
    }
}
