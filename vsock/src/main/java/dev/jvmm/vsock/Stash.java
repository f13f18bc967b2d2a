package dev.jvmm.vsock;

import dev.jvmm.linux.Mapping;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.nio.ByteBuffer;

/**
 * A ring of a guest's bytes that the host's socket has not taken yet. Takes memory when the first byte comes, and gives it back when it is
 * closed.
 */
final class Stash implements AutoCloseable {
    private final int size;

    /** Null while nothing was ever kept. */
    private Mapping mapping;

    private ByteBuffer bytes;
    private int first;
    private int count;

    /** @param size the most bytes; a power of two */
    Stash(int size) {
        this.size = size;
    }

    int count() {
        return count;
    }

    /** Keeps readable bytes of a chain, for which there is room. */
    void keep(DescriptorChain chain, long offset, int length) {
        if (length > size - count) {
            throw new IllegalStateException(length + " bytes, and there is room for " + (size - count));
        }
        if (mapping == null) {
            mapping = Mapping.anonymous(size, 0);
            bytes = mapping.view(0, size);
        }
        int end = first + count & size - 1;
        int chunk = Math.min(length, size - end);
        chain.read(offset, bytes, end, chunk);
        chain.read(offset + chunk, bytes, 0, length - chunk);
        count += length;
    }

    /**
     * Names the first bytes as iovecs.
     *
     * @return how many iovecs, 1 or 2
     */
    int vectors(int length, ByteBuffer iovecs) {
        int chunk = Math.min(length, size - first);
        iovecs.putLong(0, mapping.address() + first).putLong(Long.BYTES, chunk);
        if (chunk == length) {
            return 1;
        }
        iovecs.putLong(DescriptorChain.IOVEC_SIZE, mapping.address());
        iovecs.putLong(DescriptorChain.IOVEC_SIZE + Long.BYTES, length - chunk);
        return 2;
    }

    /** The first bytes have gone. */
    void drop(int length) {
        count -= length;
        first = count == 0 ? 0 : first + length & size - 1;
    }

    @Override
    public void close() {
        count = 0;
        first = 0;
        if (mapping != null) {
            mapping.close();
            mapping = null;
        }
    }
}
