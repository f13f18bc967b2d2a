package dev.jvmm.vsock;

/** A device that can not be had as asked; the message says why and what to do. */
public final class VsockException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A message that says what to do. */
    public VsockException(String message) {
        super(message);
    }
}
