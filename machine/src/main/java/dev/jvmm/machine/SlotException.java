package dev.jvmm.machine;

/** A device did not come or go; the message says who refused. Nothing has changed. */
public final class SlotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what was tried, and what the guest or the host said */
    public SlotException(String message) {
        super(message);
    }
}
