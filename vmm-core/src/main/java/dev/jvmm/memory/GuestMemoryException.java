package dev.jvmm.memory;

/** Someone (most often the guest) named bytes that are not guest RAM, or RAM whose file is gone. */
public final class GuestMemoryException extends RuntimeException {
    /** Why a machine ends that was running on such memory. */
    public static final String LOST = "the host can not supply guest memory any more: was the memory file behind it cut short?";

    private static final long serialVersionUID = 1L;

    public GuestMemoryException(long address, long length) {
        super("guest memory: " + length + " bytes at 0x" + Long.toHexString(address) + " are not RAM");
    }

    private GuestMemoryException(String message) {
        super(message);
    }

    /** The memory is a file's, and the file was cut short, which takes even the pages that were copied. */
    static GuestMemoryException cutShort() {
        return new GuestMemoryException(LOST);
    }
}
