package dev.jvmm.legacy;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;

/** Whether a 16550A's transmitter is empty, and whether the guest is still to be told. Guarded by the UART's monitor. */
final class Transmitter {
    /** It is full because the peer takes nothing. */
    private boolean busy;

    /** The "transmitter empty" interrupt has happened and was neither read from IIR nor ended by a write. */
    private boolean emptyPending;

    boolean busy() {
        return busy;
    }

    boolean emptyPending() {
        return emptyPending;
    }

    /** The guest read "transmitter empty" from IIR. */
    void told() {
        emptyPending = false;
    }

    /** A byte went out, which takes no time. */
    void sent() {
        emptyPending = true;
    }

    /**
     * The guest enables or disables the interrupt. Enabling it while it is empty is an interrupt at once: Linux starts each
     * transmission that way.
     */
    void enable(boolean before, boolean now) {
        if (now && !before && !busy) {
            emptyPending = true;
        } else if (!now) {
            emptyPending = false;
        }
    }

    /**
     * Looks at how many bytes wait for the peer. The count is taken under the UART's monitor: whoever changes it comes here
     * afterwards, so the last one sees the truth.
     */
    void judge(int waiting) {
        if (waiting > SerialOutput.HIGH_MARK) {
            busy = true;
            emptyPending = false;
        } else if (busy && waiting <= SerialOutput.LOW_MARK) {
            busy = false;
            emptyPending = true;
        } else if (busy) {
            emptyPending = false;
        }
    }

    void save(StateWriter out) {
        out.bool(busy).bool(emptyPending);
    }

    void restore(StateReader in, int waiting) {
        busy = in.bool();
        emptyPending = in.bool();
        boolean possible = busy ? waiting > SerialOutput.LOW_MARK && !emptyPending : waiting <= SerialOutput.HIGH_MARK;
        if (!possible) {
            throw in.bad(
                    "has a transmitter that is " + (busy ? "busy" : "free") + " with " + waiting + " bytes to send");
        }
    }
}
