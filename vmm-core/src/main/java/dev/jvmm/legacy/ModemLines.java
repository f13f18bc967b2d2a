package dev.jvmm.legacy;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;

/**
 * The modem control and status registers of a 16550A. The far side holds CTS, DSR and DCD up. In loopback mode the four
 * outputs come back as the four inputs. Guarded by the UART's monitor.
 */
final class ModemLines {
    private static final int MCR_DTR = 0x01;
    private static final int MCR_RTS = 0x02;
    private static final int MCR_OUT1 = 0x04;
    private static final int MCR_OUT2 = 0x08;
    private static final int MCR_LOOP = 0x10;
    private static final int MCR_MASK = 0x1F;

    private static final int MSR_CTS = 0x10;
    private static final int MSR_DSR = 0x20;
    private static final int MSR_RI = 0x40;
    private static final int MSR_DCD = 0x80;
    private static final int FAR_SIDE = MSR_CTS | MSR_DSR | MSR_DCD;

    private int control;
    private int lines = FAR_SIDE;
    private int deltas;

    int control() {
        return control;
    }

    /** The guest writes MCR. */
    void control(int value) {
        control = value & MCR_MASK;
        int now = loopback() ? loopedLines() : FAR_SIDE;
        int changed = (now ^ lines) & (MSR_CTS | MSR_DSR | MSR_DCD);
        int ringEnded = lines & ~now & MSR_RI;
        deltas |= (changed | ringEnded) >> 4;
        lines = now;
    }

    void save(StateWriter out) {
        out.int8(control).int8(deltas);
    }

    /** The lines follow from what the guest wrote. */
    void restore(StateReader in) {
        control = in.int8(0, MCR_MASK);
        lines = loopback() ? loopedLines() : FAR_SIDE;
        deltas = in.int8(0, 0xF);
    }

    private int loopedLines() {
        return ((control & MCR_DTR) != 0 ? MSR_DSR : 0)
                | ((control & MCR_RTS) != 0 ? MSR_CTS : 0)
                | ((control & MCR_OUT1) != 0 ? MSR_RI : 0)
                | ((control & MCR_OUT2) != 0 ? MSR_DCD : 0);
    }

    boolean loopback() {
        return (control & MCR_LOOP) != 0;
    }

    /** Whether the guest lets the far side send. */
    boolean readyToReceive() {
        return (control & (MCR_RTS | MCR_LOOP)) == MCR_RTS;
    }

    /** A line changed since MSR was last read. */
    boolean changed() {
        return deltas != 0;
    }

    /** The guest reads MSR, which forgets the changes. */
    int readStatus() {
        int status = lines | deltas;
        deltas = 0;
        return status;
    }
}
