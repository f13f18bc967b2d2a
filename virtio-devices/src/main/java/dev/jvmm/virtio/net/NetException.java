package dev.jvmm.virtio.net;

/** A network that can not be used as asked; the message says why and what to do. */
public final class NetException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A message that says what to do. */
    public NetException(String message) {
        super(message);
    }

    /** The same, with what went wrong below. */
    public NetException(String message, Throwable cause) {
        super(message, cause);
    }
}
