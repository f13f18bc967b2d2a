package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;

/**
 * A PC's keyboard controller as far as it is still needed: the command that pulls the reset wire. No keyboard, no mouse.
 *
 * <p>Linux 6.1's {@code drivers/input/serio/i8042.c} decides that there is no controller when 16 bytes in a row can be
 * flushed from it, which takes 1 ms; an idle one that answers nothing costs half a second of time-outs. So the output buffer
 * holds {@link #STALE_BYTES} zeroes, and after them it is empty, for a guest that flushes to the end. The input buffer is
 * always empty: Linux's reboot waits for that before it writes the command.
 *
 * <p>Two bus devices, since port 0x61 between them belongs to the timer.
 */
public final class I8042 implements Stateful {
    private static final int STATE_VERSION = 1;
    private static final int STATUS_OUTPUT_FULL = 0x01;
    private static final int COMMAND_PULSE_RESET = 0xFE;

    /** Above Linux's limit of 16. */
    private static final int STALE_BYTES = 32;

    private final PowerListener listener;
    private final BusDevice dataPort = new DataPort();
    private final BusDevice commandPort = new CommandPort();
    private int stale = STALE_BYTES;

    /** @param listener hears {@link PowerEvent#RESET} */
    public I8042(PowerListener listener) {
        this.listener = listener;
    }

    /** For port 0x60, one byte. */
    public BusDevice dataPort() {
        return dataPort;
    }

    /** For port 0x64, one byte. */
    public BusDevice commandPort() {
        return commandPort;
    }

    private synchronized int takeByte() {
        if (stale > 0) {
            stale--;
        }
        return 0;
    }

    private synchronized int status() {
        return stale > 0 ? STATUS_OUTPUT_FULL : 0;
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.int8(stale);
    }

    @Override
    public synchronized void restore(StateReader in) {
        stale = in.int8(0, STALE_BYTES);
    }

    private final class DataPort implements BusDevice {
        @Override
        public long read(long offset, int size) {
            return takeByte();
        }

        @Override
        public void write(long offset, int size, long value) {
            // nobody listens
        }
    }

    private final class CommandPort implements BusDevice {
        @Override
        public long read(long offset, int size) {
            return status();
        }

        @Override
        public void write(long offset, int size, long value) {
            if (value == COMMAND_PULSE_RESET) {
                listener.power(PowerEvent.RESET);
            }
        }
    }
}
