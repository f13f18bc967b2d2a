package dev.jvmm.virtio.net;

import java.nio.ByteBuffer;

/**
 * Where a received frame goes, as one run of bytes that begins with the {@link NetHeader}: buffers of the driver, and behind them memory
 * of the device's own, so that the longest frame there is always fits. Valid during one {@link NetBackend#receive}.
 */
public interface ReceiveRoom {
    /** Bytes, header included; {@link NetHeader#MOST} or more. */
    long length();

    /**
     * Where the whole room lies in this process: an array of {@link #vectorCount} {@code struct iovec}, for readv(2) without copying it.
     */
    long vectorAddress();

    /** How many {@code iovec}s there are at {@link #vectorAddress}: 1 to 1024, which is the most that readv(2) takes. */
    int vectorCount();

    /**
     * Names a part of the room as {@code struct iovec}s, written from the buffer's start.
     *
     * @param iovecs in the host's byte order, with room for {@link #vectorCount} of them
     * @return how many there are
     */
    int vectors(long offset, long length, ByteBuffer iovecs);

    /** Copies from an index of a buffer, whose position stays, into the room. */
    void write(long offset, ByteBuffer from, int index, int length);
}
