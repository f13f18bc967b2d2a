package dev.jvmm.machine;

/** The guest's end of a serial port. */
public interface SerialGuest {
    /**
     * Offers bytes to the port's receiver; any thread, never blocks.
     *
     * @return how many it took, 0 to {@code length}; when fewer than offered, {@link SerialHost#guestCanReceive} follows
     */
    int toGuest(byte[] bytes, int offset, int length);

    /**
     * Has the port hand over what it holds, by {@link SerialHost#fromGuest} on this thread, or on another that is at it already;
     * any thread, never blocks.
     *
     * @return how many bytes the port holds afterwards
     */
    default int flush() {
        return 0;
    }
}
