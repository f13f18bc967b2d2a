package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The host's time in eight ports, little-endian: nanoseconds since 1970-01-01T00:00:00Z. Reading the first byte takes the time for all
 * eight. A guest that looks at its own clock just before and after knows how right the answer is, however busy the host; that is what a
 * clone sets its clock by. Writes are ignored.
 */
public final class HostClock implements BusDevice, Stateful {
    /** Ports. */
    public static final int SIZE = Long.BYTES;

    private static final int STATE_VERSION = 1;
    private static final long NANOS = 1_000_000_000;

    private final InstantSource clock;
    private volatile long taken;

    /** Shows that clock's time. */
    public HostClock(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public long read(long offset, int size) {
        if (offset == 0) {
            Instant now = clock.instant();
            taken = now.getEpochSecond() * NANOS + now.getNano();
        }
        return taken >>> offset * Byte.SIZE;
    }

    @Override
    public void write(long offset, int size, long value) {
        // The host's clock is not the guest's to set.
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    @Override
    public void save(StateWriter out) {
        out.int64(taken);
    }

    @Override
    public void restore(StateReader in) {
        taken = in.int64();
    }
}
