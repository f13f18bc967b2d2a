package dev.jvmm.usernet.testing;

import dev.jvmm.virtio.net.ReceiveRoom;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Room for a received frame in an array. */
public final class ArrayRoom implements ReceiveRoom {
    private final byte[] bytes = new byte[12 + 14 + 65_535];

    /** A copy of the first bytes. */
    public byte[] taken(int length) {
        return Arrays.copyOf(bytes, length);
    }

    @Override
    public long length() {
        return bytes.length;
    }

    @Override
    public long vectorAddress() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int vectorCount() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int vectors(long offset, long length, ByteBuffer iovecs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void write(long offset, ByteBuffer from, int index, int length) {
        from.get(index, bytes, (int) offset, length);
    }
}
