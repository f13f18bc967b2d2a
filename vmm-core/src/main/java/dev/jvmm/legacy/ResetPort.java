package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;

/**
 * The reset control register of Intel's chip sets, port 0xCF9, one byte: bit 2 going up resets, whatever kind bits 1 and 3
 * choose. Linux's {@code reboot=pci} writes the kind first and the bit after it.
 */
public final class ResetPort implements BusDevice, Stateful {
    private static final int STATE_VERSION = 1;
    private static final int RESET_CPU = 0x04;
    private static final int MASK = 0x0E;

    private final PowerListener listener;
    private int control;

    /** @param listener hears {@link PowerEvent#RESET} */
    public ResetPort(PowerListener listener) {
        this.listener = listener;
    }

    @Override
    public synchronized long read(long offset, int size) {
        return control;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (store((int) value & MASK)) {
            listener.power(PowerEvent.RESET);
        }
    }

    private synchronized boolean store(int value) {
        boolean rises = (value & ~control & RESET_CPU) != 0;
        control = value;
        return rises;
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.int8(control);
    }

    @Override
    public synchronized void restore(StateReader in) {
        int value = in.int8();
        if ((value & ~MASK) != 0) {
            throw in.bad("has bits that the register does not");
        }
        control = value;
    }
}
