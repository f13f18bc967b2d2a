package dev.jvmm.virtio.pmem;

/** A file that can not be persistent memory; the message names the file, the reason and what to do. */
public final class PmemException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A message for a person. */
    public PmemException(String message) {
        super(message);
    }
}
