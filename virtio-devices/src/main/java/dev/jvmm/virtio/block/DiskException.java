package dev.jvmm.virtio.block;

/** A disk that can not be used; the message names the file, the reason and what to do. */
public final class DiskException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A message for a person. */
    public DiskException(String message) {
        super(message);
    }
}
