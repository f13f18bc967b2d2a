package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.irq.InterruptLine;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;

/**
 * Where ACPI's Generic Event Device reads what happened: a 32-bit register at offset 0 with a bit per event, which a read
 * clears. The DSDT's event method reads it and notifies the devices concerned. The rest of the range reads zero.
 */
public final class AcpiEvents implements BusDevice, Stateful {
    private static final int STATE_VERSION = 1;
    private static final int PENDING_BYTES = 4;

    private final InterruptLine line;
    private int pending;

    /** @param line edge-triggered, the GED's interrupt */
    public AcpiEvents(InterruptLine line) {
        this.line = line;
    }

    /**
     * Tells the guest; any thread. An event raised again before the guest has looked is one event.
     *
     * @param bits the events, one bit each
     */
    public void raise(int bits) {
        synchronized (this) {
            pending |= bits;
        }
        line.pulse();
    }

    /** The events that the guest has not read. */
    public synchronized int pending() {
        return pending;
    }

    /** A read of all 32 bits clears them; a narrower one is no way to ask and gives zero. */
    @Override
    public synchronized long read(long offset, int size) {
        if (offset != 0 || size != PENDING_BYTES) {
            return 0;
        }
        int events = pending;
        pending = 0;
        return events & 0xFFFF_FFFFL;
    }

    @Override
    public void write(long offset, int size, long value) {
        // read-only
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.int32(pending);
    }

    /** The interrupt chips' state has the edge, if the guest has not seen it. */
    @Override
    public synchronized void restore(StateReader in) {
        pending = in.int32();
    }
}
