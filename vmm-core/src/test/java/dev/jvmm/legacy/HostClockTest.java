package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.state.StateRecord;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HostClockTest {
    private final AtomicLong nanos = new AtomicLong(0x1122334455667788L);
    private final InstantSource source = () -> Instant.ofEpochSecond(0, nanos.getAndIncrement());
    private final HostClock clock = new HostClock(source);

    private static long byByte(HostClock clock, int from) {
        long value = 0;
        for (int i = from; i < HostClock.SIZE; i++) {
            value |= (clock.read(i, 1) & 0xFF) << 8 * i;
        }
        return value;
    }

    @Test
    void theFirstByteTakesTheTimeForAll() {
        assertEquals(0x1122334455667788L, byByte(clock, 0));
        assertEquals(0x1122334455667789L, byByte(clock, 0));
        assertEquals(0x1122334455667700L, byByte(clock, 1));
    }

    @Test
    void wideReadsAreSoManyBytes() {
        assertEquals(0x55667788L, clock.read(0, 4) & 0xFFFF_FFFFL);
        assertEquals(0x11223344L, clock.read(4, 4) & 0xFFFF_FFFFL);
    }

    @Test
    void aReadGoesOnBehindARestore() {
        clock.read(0, 1);
        HostClock other = new HostClock(source);
        StateRecord.of("clock", clock).restore(other);
        assertEquals(0x1122334455667700L, byByte(other, 1));
    }
}
