package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/**
 * Pieces of memory for readv(2) and writev(2): an array of {@code struct iovec}. Made once, filled again and again; one thread at a time.
 */
public final class IoVectors {
    /** Pieces that the kernel takes at once: {@code IOV_MAX}. */
    public static final int MOST = 1024;

    private static final int SIZE = 16;

    private final ByteBuffer array = NativeBuffers.allocate(MOST * SIZE);
    private final long address = NativeBuffers.address(array);
    private int count;

    /** None yet. */
    public IoVectors() {}

    /** Forgets all pieces. */
    public void clear() {
        count = 0;
    }

    /** Adds a piece, which stays where it is until the call that it is for is over; false when there are {@link #MOST} already. */
    public boolean add(long start, long length) {
        if (count == MOST) {
            return false;
        }
        array.putLong(count * SIZE, start);
        array.putLong(count * SIZE + Long.BYTES, length);
        count++;
        return true;
    }

    /**
     * The array itself, little-endian, for those who have pieces to write into it from its start: an address and a length of 8 bytes
     * each.
     * {@link #filled} then says how many.
     */
    public ByteBuffer array() {
        return array;
    }

    /** So many pieces were written into {@link #array}. */
    public void filled(int pieces) {
        if (pieces < 0 || pieces > MOST) {
            throw new IllegalArgumentException(pieces + " pieces");
        }
        count = pieces;
    }

    /** Pieces that there are. */
    public int count() {
        return count;
    }

    /** Bytes of all pieces. */
    public long bytes() {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += array.getLong(i * SIZE + Long.BYTES);
        }
        return sum;
    }

    /** Where the array lies, for the kernel. */
    public long address() {
        return address;
    }
}
