package dev.jvmm.virtio.block;

import dev.jvmm.linux.FileCalls;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Mapping;

/**
 * A page-aligned buffer, zeroes at first. It is a file in memory, so that the kernel copies between it and addresses that are mere
 * numbers here. For one thread.
 */
final class BounceBuffer implements AutoCloseable {
    static final int SIZE = 1 << 20;

    private final FileDescriptor file = Mapping.memfd("jvmm-bounce", SIZE, false);
    private final Mapping mapping = Mapping.map(SIZE, Mapping.PROT_READ | Mapping.PROT_WRITE, Mapping.MAP_SHARED,
            file.number(), 0);

    long address() {
        return mapping.address();
    }

    /** Copies the first bytes of what is left of an operation into the buffer; returns 0 or the negated errno. */
    long gather(FileCalls calls, DiskOperation operation, long length) {
        return copy(calls, operation, length, true);
    }

    /** Copies the buffer's first bytes to where an operation wants them; returns 0 or the negated errno. */
    long scatter(FileCalls calls, DiskOperation operation, long length) {
        return copy(calls, operation, length, false);
    }

    private long copy(FileCalls calls, DiskOperation operation, long length, boolean in) {
        long at = 0;
        for (int i = operation.first; at < length; i++) {
            long start = operation.vectorStart(i);
            long left = Math.min(length - at, operation.vectorLength(i));
            while (left > 0) {
                long done = in ? calls.pwrite(file.number(), start, left, at)
                        : calls.pread(file.number(), start, left, at);
                if (done <= 0) {
                    return done;
                }
                start += done;
                left -= done;
                at += done;
            }
        }
        return 0;
    }

    @Override
    public void close() {
        mapping.close();
        file.close();
    }
}
