package dev.jvmm.virtio.pmem;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileCalls;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.linux.TreeSpace;
import dev.jvmm.linux.TreeStatus;

/**
 * The room that a file takes on its disk. A guest writes into a hole of a file in its memory without asking, and KVM on hardware keeps it
 * waiting there for as long as the disk is full; so room for the holes is had before. One thread at a time.
 *
 * <p>What is kept by fallocate(2) is enough where file systems write in place. Those that copy on write may find their disk full all the
 * same; and some keep none for anybody (EOPNOTSUPP).
 */
final class DiskRoom {
    private static final int BLOCK = 512;

    private final FileDescriptor file;
    private final long size;
    private final FileCalls calls = new FileCalls();
    private final TreeCalls tree = new TreeCalls();
    private final TreeStatus status = new TreeStatus();

    /** That the file took up when all of it had its room. */
    private long kept;

    /** For a regular file of that many bytes that is open for writing. */
    DiskRoom(FileDescriptor file, long size) {
        this.file = file;
        this.size = size;
    }

    /** What {@link #keep} found, and did. */
    enum Found {
        /** Nothing is lacking. */
        WHOLE,
        /** Something was lacking, and is there now. */
        FILLED,
        /** The disk has no room for all of it. */
        FULL,
        /** There are holes, and the file system keeps no room for anybody. */
        NOT_KEPT
    }

    /**
     * Has the disk keep room for all of the file. Quick where nothing was taken from it since the last time.
     *
     * @throws SystemCallException when the host does not say
     */
    Found keep() {
        long taken = taken();
        long hole = kept > 0 && taken >= kept ? size : calls.nextHole(file.number(), 0);
        if (hole < 0 || hole >= size) {
            return Found.WHOLE;
        }
        Found found = lacking(taken) > 0 ? Found.FULL : fill();
        kept = found == Found.FILLED ? taken() : 0;
        return found;
    }

    private long taken() {
        SystemCallException.check("statx", tree.status(file.number(), status));
        return status.blocks() * BLOCK;
    }

    /** Bytes that the disk has too few of, as far as one can tell; the call itself would fill it to the brim before it fails. */
    private long lacking(long taken) {
        TreeSpace space = new TreeSpace();
        if (tree.space(file.number(), space) < 0 || space.blocks() <= 0) {
            return 0;
        }
        long blocks = (size - taken + space.blockSize() - 1) / space.blockSize();
        return blocks - space.available();
    }

    private Found fill() {
        long done;
        do {
            done = calls.fallocate(file.number(), FileCalls.FALLOC_FL_KEEP_SIZE, 0, size);
        } while (done == -Errno.EINTR);
        return done == 0 ? Found.FILLED
                : done == -Errno.EOPNOTSUPP || done == -Errno.ENOSYS ? Found.NOT_KEPT : Found.FULL;
    }
}
