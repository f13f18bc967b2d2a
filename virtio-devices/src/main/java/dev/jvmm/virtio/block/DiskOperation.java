package dev.jvmm.virtio.block;

import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/**
 * Something to do on a disk, made once and used again and again. Its buffers are addresses of this process, checked by whoever filled
 * it in, and stay valid until it has completed. An engine owns it from submission to completion.
 */
class DiskOperation {
    /** Bytes of a vector: an address and a length, or an offset of the disk and a length. */
    static final int VECTOR = 16;

    /** What to do. */
    enum Kind {
        /** From the disk into buffers. */
        READ,
        /** From buffers to the disk. */
        WRITE,
        /** What has completed is on the disk when this completes. */
        FLUSH,
        /** Ranges whose contents are of no interest any more. */
        DISCARD,
        /** Ranges to fill with zeroes, which stay allocated. */
        ZERO,
        /** Ranges to fill with zeroes, which may be given back. */
        ZERO_UNMAP
    }

    /** Tells this operation from the others of its engine: a small number. */
    final int id;

    /** What the kernel calls iovecs, or ranges of the disk. */
    final ByteBuffer vectors;

    private final long address;

    Kind kind;

    /** Of the disk, in bytes; moves on with what is done. */
    long offset;

    /** Bytes that are left. */
    long left;

    /** Whether it is on the disk when it completes. */
    boolean durable;

    /** The vectors from {@code first} on are left to do. */
    int first;

    int count;

    /** Times that the kernel asked to try again, in a row. */
    int retries;

    /** For the engine's lists. */
    DiskOperation next;

    /** 0 or the negated errno, once complete. */
    int result;

    DiskOperation(int id, int most) {
        this.id = id;
        vectors = NativeBuffers.allocate(most * VECTOR);
        address = NativeBuffers.address(vectors);
    }

    /** Begins anew; vectors are filled in behind this. */
    final void begin(Kind what, long at, long length) {
        kind = what;
        offset = at;
        left = length;
        durable = false;
        first = 0;
        count = 0;
        retries = 0;
        result = 0;
    }

    /** The vectors that are left, for the kernel. */
    final long vectorsAddress() {
        return address + (long) first * VECTOR;
    }

    final int vectorsLeft() {
        return count - first;
    }

    /** Address, or offset of the disk. */
    final long vectorStart(int index) {
        return vectors.getLong(index * VECTOR);
    }

    final long vectorLength(int index) {
        return vectors.getLong(index * VECTOR + Long.BYTES);
    }

    final void addVector(long start, long length) {
        vectors.putLong(count * VECTOR, start);
        vectors.putLong(count * VECTOR + Long.BYTES, length);
        count++;
    }

    /** So many bytes are done: moves on to the rest. */
    final void advance(long bytes) {
        offset += bytes;
        left -= bytes;
        retries = 0;
        long done = bytes;
        while (first < count && done >= vectorLength(first)) {
            done -= vectorLength(first++);
        }
        if (done > 0) {
            long start = vectorStart(first);
            long length = vectorLength(first);
            vectors.putLong(first * VECTOR, start + done);
            vectors.putLong(first * VECTOR + Long.BYTES, length - done);
        }
    }

    /** Whether a read or write can go directly to this disk as it is. */
    final boolean fits(DiskFile disk) {
        if (!disk.direct()) {
            return true;
        }
        if (!disk.offsetFits(offset | left)) {
            return false;
        }
        for (int i = first; i < count; i++) {
            if (!disk.memoryFits(vectorStart(i) | vectorLength(i))) {
                return false;
            }
        }
        return true;
    }
}
