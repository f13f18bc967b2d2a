package dev.jvmm.virtio.console;

import java.nio.ByteBuffer;

/** The host's end of a port. Called with the device's lock held: must neither block nor keep the buffer. */
public interface PortPeer {
    /** Takes everything and keeps nothing. */
    PortPeer NONE = bytes -> bytes.position(bytes.limit());

    /** Gets to know the port. Once, before anything else. */
    default void attached(PortLine line) {}

    /**
     * The guest sent bytes: takes some or all by moving the position. After it left some, {@link ConsoleDevice#outputReady} asks for them
     * to be offered again; meanwhile the guest waits.
     */
    void output(ByteBuffer bytes);

    /** There is room for input again, after {@link ConsoleDevice#input} took less than it was given. */
    default void inputReady() {}

    /** The guest opened or closed its end. */
    default void guestOpened(boolean open) {}

    /** The device is gone. Without the device's lock. */
    default void close() {}
}
