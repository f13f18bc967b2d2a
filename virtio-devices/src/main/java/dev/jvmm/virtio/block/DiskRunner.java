package dev.jvmm.virtio.block;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileCalls;

/**
 * Carries operations out in the calling thread, each from beginning to end, however unaligned. For one thread; allocates its buffers
 * when it first needs them, and nothing else.
 */
final class DiskRunner implements AutoCloseable {
    private static final int MOST_RETRIES = 100;

    private final DiskFile disk;
    private final FileCalls calls = new FileCalls();
    private BounceBuffer bounce;
    private BounceBuffer zeroes;

    DiskRunner(DiskFile disk) {
        this.disk = disk;
    }

    /** Returns 0 or the negated errno. */
    int run(DiskOperation operation) {
        if (disk.shrunk()) {
            return -Errno.EIO;
        }
        return (int) switch (operation.kind) {
            case READ, WRITE -> transfer(operation);
            case FLUSH -> flush();
            case DISCARD -> discard(operation);
            case ZERO, ZERO_UNMAP -> zero(operation);
        };
    }

    private long flush() {
        long done = calls.fdatasync(disk.number());
        return done < 0 ? done : checkSize(calls, disk);
    }

    /** Whether the disk is all there still: writes beyond the end of a file that shrank make it grow again, over a hole. */
    static int checkSize(FileCalls calls, DiskFile disk) {
        long end = calls.end(disk.number());
        if (end >= 0) {
            disk.endedAt(end);
        }
        return disk.shrunk() ? -Errno.EIO : 0;
    }

    private long transfer(DiskOperation operation) {
        long result = operation.fits(disk) ? vectors(operation, disk.number()) : -Errno.EINVAL;
        if (result == -Errno.EINVAL && disk.direct() && disk.offsetFits(operation.offset | operation.left)) {
            result = bounce(operation);
        }
        if (result == -Errno.EINVAL && disk.direct()) {
            result = vectors(operation, disk.cachedNumber());
        }
        return result;
    }

    private long vectors(DiskOperation operation, int fd) {
        int flags = operation.durable ? FileCalls.RWF_DSYNC : 0;
        while (operation.left > 0) {
            long done = operation.kind == DiskOperation.Kind.READ
                    ? calls.preadv(fd, operation.vectorsAddress(), operation.vectorsLeft(), operation.offset)
                    : calls.pwritev(fd, operation.vectorsAddress(), operation.vectorsLeft(), operation.offset, flags);
            if (done > 0) {
                operation.advance(done);
            } else if (!again(operation, done)) {
                return done == 0 ? ended(operation) : done;
            }
        }
        return 0;
    }

    private static boolean again(DiskOperation operation, long result) {
        return (result == -Errno.EINTR || result == -Errno.EAGAIN) && operation.retries++ < MOST_RETRIES;
    }

    private long ended(DiskOperation operation) {
        if (operation.kind == DiskOperation.Kind.READ) {
            disk.endedAt(operation.offset);
        }
        return -Errno.EIO;
    }

    /** Buffers that direct I/O can not use: by way of one that it can. */
    private long bounce(DiskOperation operation) {
        if (bounce == null) {
            bounce = new BounceBuffer();
        }
        boolean read = operation.kind == DiskOperation.Kind.READ;
        while (operation.left > 0) {
            long length = Math.min(operation.left, BounceBuffer.SIZE);
            long done = read ? 0 : bounce.gather(calls, operation, length);
            if (done == 0) {
                done = read ? calls.pread(disk.number(), bounce.address(), length, operation.offset)
                        : calls.pwrite(disk.number(), bounce.address(), length, operation.offset);
            }
            long copied = read && done > 0 ? bounce.scatter(calls, operation, done) : 0;
            if (copied < 0) {
                return copied;
            }
            if (done > 0) {
                operation.advance(done);
            } else if (!again(operation, done)) {
                return done == 0 ? ended(operation) : done;
            }
        }
        return operation.durable ? calls.fdatasync(disk.number()) : 0;
    }

    /** An advice: where the host can not follow it, nothing is lost. */
    private long discard(DiskOperation operation) {
        int mode = FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE;
        for (int i = 0; i < operation.count; i++) {
            long offset = operation.vectorStart(i);
            long length = operation.vectorLength(i);
            long done = 0;
            if (!disk.isBlockDevice()) {
                done = calls.fallocate(disk.number(), mode, offset, length);
            } else {
                long block = disk.blockSize();
                long first = offset + block - 1 & -block;
                long end = offset + length & -block;
                done = end > first ? calls.discard(disk.number(), first, end - first) : 0;
            }
            if (done < 0 && done != -Errno.EOPNOTSUPP && done != -Errno.EINVAL) {
                return done;
            }
        }
        return 0;
    }

    private long zero(DiskOperation operation) {
        boolean unmap = operation.kind == DiskOperation.Kind.ZERO_UNMAP;
        for (int i = 0; i < operation.count; i++) {
            long offset = operation.vectorStart(i);
            long length = operation.vectorLength(i);
            long done = unmap ? punch(offset, length) : -Errno.EOPNOTSUPP;
            if (done < 0 && done != -Errno.ENOSPC) {
                done = zeroRange(offset, length);
            }
            if (done == -Errno.EOPNOTSUPP || done == -Errno.EINVAL || done == -Errno.ENOTTY) {
                done = writeZeroes(offset, length);
            }
            if (done < 0) {
                return done;
            }
        }
        return operation.durable ? calls.fdatasync(disk.number()) : 0;
    }

    private long punch(long offset, long length) {
        return calls.fallocate(disk.number(), FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE, offset,
                length);
    }

    private long zeroRange(long offset, long length) {
        return disk.isBlockDevice() ? calls.zeroOut(disk.number(), offset, length)
                : calls.fallocate(disk.number(), FileCalls.FALLOC_FL_ZERO_RANGE | FileCalls.FALLOC_FL_KEEP_SIZE, offset,
                        length);
    }

    private long writeZeroes(long offset, long length) {
        if (zeroes == null) {
            zeroes = new BounceBuffer();
        }
        int fd = disk.offsetFits(offset | length) ? disk.number() : disk.cachedNumber();
        long at = offset;
        long left = length;
        while (left > 0) {
            long done = calls.pwrite(fd, zeroes.address(), Math.min(left, BounceBuffer.SIZE), at);
            if (done <= 0 && done != -Errno.EINTR) {
                return done == 0 ? -Errno.EIO : done;
            }
            at += Math.max(0, done);
            left -= Math.max(0, done);
        }
        return 0;
    }

    @Override
    public void close() {
        if (bounce != null) {
            bounce.close();
        }
        if (zeroes != null) {
            zeroes.close();
        }
    }
}
