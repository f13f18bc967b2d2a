package dev.jvmm.virtio.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a clock that goes as the test says. */
final class RateLimiterTest {
    private static final long SECOND = 1_000_000_000L;

    private long now = Long.MAX_VALUE - SECOND; // System.nanoTime may wrap around

    private RateLimiter bytes(long perSecond, long burst) {
        return new RateLimiter(Optional.of(new RateLimit(perSecond, burst)), Optional.empty(), now);
    }

    private RateLimiter operations(long perSecond, long burst) {
        return new RateLimiter(Optional.empty(), Optional.of(new RateLimit(perSecond, burst)), now);
    }

    @Test
    void withoutLimitsEverythingPasses() {
        RateLimiter limiter = new RateLimiter(Optional.empty(), Optional.empty(), now);
        assertFalse(limiter.limits());
        for (int i = 0; i < 1000; i++) {
            assertTrue(limiter.admit(Long.MAX_VALUE / 2, now));
        }
        assertEquals(0, limiter.nanosUntilOpen(now));
    }

    @Test
    void burstPassesAtOnceAndTheRateAfterwards() {
        RateLimiter limiter = operations(10, 3);
        assertTrue(limiter.limits());
        for (int i = 0; i < 3; i++) {
            assertTrue(limiter.admit(0, now));
        }
        assertFalse(limiter.admit(0, now));
        assertEquals(SECOND / 10, limiter.nanosUntilOpen(now));
        now += SECOND / 10 - 1;
        assertFalse(limiter.admit(0, now));
        now += 1;
        assertTrue(limiter.admit(0, now));
        assertFalse(limiter.admit(0, now));
    }

    @Test
    void restFillsNoMoreThanTheBurst() {
        RateLimiter limiter = operations(1000, 5);
        now += 3600 * SECOND;
        int passed = 0;
        while (limiter.admit(0, now)) {
            passed++;
        }
        assertEquals(5, passed);
    }

    /** A request that is larger than the bucket passes, and the next one waits until it has been paid for. */
    @Test
    void largeRequestsPassAndArePaidFor() {
        RateLimiter limiter = bytes(1_000_000, 1000);
        assertTrue(limiter.admit(5_001_000, now));
        assertFalse(limiter.admit(1, now));
        long wait = limiter.nanosUntilOpen(now);
        assertEquals(5 * SECOND + 1000, wait, 1000);
        now += wait;
        assertTrue(limiter.admit(1, now));
    }

    /** In the long run the rate holds, however finely time is cut. */
    @ParameterizedTest
    @ValueSource(longs = { 1, 3, 999, 1_000_003, 3_000_000_000L, 1L << 40 })
    void rateHoldsInTheLongRun(long perSecond) {
        RateLimiter limiter = bytes(perSecond, 1);
        long cost = Math.max(1, perSecond / 1000);
        long passed = 0;
        long start = now;
        for (int i = 0; i < 20_000; i++) {
            if (limiter.admit(cost, now)) {
                passed += cost;
            }
            now += 777_777;
        }
        double seconds = (now - start) / 1e9;
        assertTrue(passed <= perSecond * seconds + cost + 1, passed + " in " + seconds);
        assertTrue(passed >= (perSecond * seconds - cost) * 0.4, passed + " in " + seconds);
    }

    /** The time it names is enough: whoever sleeps so long need not sleep again. */
    @Test
    void namedTimeIsEnough() {
        for (long rate = 1; rate < 1L << 40; rate = rate * 7 + 3) {
            RateLimiter limiter = bytes(rate, 100);
            for (int i = 0; i < 50; i++) {
                limiter.admit(rate / 3 + i, now);
                now += limiter.nanosUntilOpen(now);
                assertTrue(limiter.admit(1, now), "rate " + rate);
            }
        }
    }

    @Test
    void bothLimitsHold() {
        RateLimiter limiter = new RateLimiter(Optional.of(new RateLimit(1000, 1000)), Optional.of(new RateLimit(1, 1)),
                now);
        assertTrue(limiter.admit(1, now));
        assertFalse(limiter.admit(1, now), "no operation left");
        assertEquals(SECOND, limiter.nanosUntilOpen(now));
        now += SECOND;
        assertTrue(limiter.admit(5000, now));
        assertEquals(4001 * SECOND / 1000, limiter.nanosUntilOpen(now));
    }

    @Test
    void limitsHaveRanges() {
        assertThrows(IllegalArgumentException.class, () -> new RateLimit(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new RateLimit(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new RateLimit((1L << 40) + 1, 1));
        assertEquals(new RateLimit(7, 7), RateLimit.perSecond(7));
    }
}
