package dev.jvmm.virtio.ninep.server;

/** A directory that can not be shared, or a saved client that can not be restored; the message says why and what to do. */
public final class ShareException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message for a person */
    public ShareException(String message) {
        super(message);
    }
}
