package dev.jvmm.state;

/** A record that can not be what a machine saved: too short, too long, out of range, or of a newer version. */
public final class StateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A message that names the record and what is wrong with it. */
    public StateException(String message) {
        super(message);
    }
}
