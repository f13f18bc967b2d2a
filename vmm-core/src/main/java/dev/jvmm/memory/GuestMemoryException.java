package dev.jvmm.memory;

/** Someone (most often the guest) named bytes that are not guest RAM. */
public final class GuestMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public GuestMemoryException(long address, long length) {
        super("guest memory: " + length + " bytes at 0x" + Long.toHexString(address) + " are not RAM");
    }
}
