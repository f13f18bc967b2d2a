package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.Stateless;

/**
 * The port through which a panicking guest says so; ACPI device {@code QEMU0001}, driven by Linux's
 * {@code drivers/misc/pvpanic}.
 *
 * <p>Nothing is saved: what is written is an event, not a value.
 *
 * @see <a href="https://www.qemu.org/docs/master/specs/pvpanic.html">QEMU's specification</a>
 */
public final class PvPanic implements BusDevice, Stateless {
    /** Bytes of the register range. */
    public static final int SIZE = 1;

    private static final int PANICKED = 0x01;
    private static final int CRASH_LOADED = 0x02;

    private final PowerListener listener;

    /** @param listener hears {@link PowerEvent#PANIC} and {@link PowerEvent#CRASH_KERNEL} */
    public PvPanic(PowerListener listener) {
        this.listener = listener;
    }

    /** The events that may be written. */
    @Override
    public long read(long offset, int size) {
        return PANICKED | CRASH_LOADED;
    }

    @Override
    public void write(long offset, int size, long value) {
        if ((value & PANICKED) != 0) {
            listener.power(PowerEvent.PANIC);
        } else if ((value & CRASH_LOADED) != 0) {
            listener.power(PowerEvent.CRASH_KERNEL);
        }
    }
}
