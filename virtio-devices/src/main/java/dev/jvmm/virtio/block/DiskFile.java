package dev.jvmm.virtio.block;

import dev.jvmm.linux.DiskStatus;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.FileLock;
import dev.jvmm.linux.SystemCallException;

/**
 * A raw image or block device, open and locked. It is never mapped: one that shrinks is an error and no SIGBUS. Safe for use by several
 * threads.
 *
 * <p><b>Direct I/O</b> wants offsets, lengths and buffers aligned. What a guest wants at other offsets goes through a second
 * descriptor, in the host's cache. The kernel keeps the two in step as long as they do not work on the same page at a time, so where
 * 512 bytes are not enough for direct I/O, nothing below a page is.
 */
final class DiskFile implements AutoCloseable {
    static final int SECTOR = 512;

    private static final int PAGE = 4096;

    private final String path;
    private final boolean readOnly;
    private final boolean direct;
    private final DiskStatus status;
    private final FileDescriptor file;

    /** For what is not aligned; the same as {@link #file} unless that is direct. */
    private final FileDescriptor cached;

    private final int offsetAlignment;
    private final int memoryAlignment;
    private volatile boolean shrunk;

    private DiskFile(DiskConfig config, FileDescriptor file, FileDescriptor cached, DiskStatus status) {
        this.path = config.path();
        this.readOnly = config.readOnly();
        this.direct = config.direct();
        this.file = file;
        this.cached = cached;
        this.status = status;
        int offset = status.directOffsetAlignment() > 0 ? status.directOffsetAlignment() : status.blockSize();
        int memory = status.directMemoryAlignment() > 0 ? status.directMemoryAlignment() : PAGE;
        if (offset == 0) {
            offset = PAGE; // the host does not say; no disk wants more than a page
        }
        offsetAlignment = direct ? offset <= SECTOR ? SECTOR : Math.max(PAGE, offset) : 1;
        memoryAlignment = direct ? memory : 1;
    }

    /**
     * Opens and locks what a configuration names.
     *
     * @throws DiskException when that can not be, saying why and what to do
     */
    static DiskFile open(DiskConfig config) {
        FileDescriptor file = openFile(config);
        FileDescriptor cached = file;
        try {
            DiskStatus status = DiskStatus.of(file);
            if (status.kind() == DiskStatus.Kind.OTHER) {
                throw problem(config, "is neither a file nor a block device");
            }
            if (status.size() < SECTOR) {
                throw problem(config,
                        "holds " + status.size() + " bytes, and a disk has at least one sector of " + SECTOR);
            }
            if (!FileLock.tryLock(file, !config.readOnly())) {
                throw problem(config, config.readOnly()
                        ? "is in use by somebody who writes to it: stop that machine or program, or give this one a copy"
                        : "is in use by another machine or program: stop it, give this one a copy, or let both only read (ro)");
            }
            if (config.direct()) {
                int flags = config.readOnly() ? FileDescriptor.O_RDONLY : FileDescriptor.O_RDWR;
                cached = FileDescriptor.open("/proc/self/fd/" + file.number(), flags);
            }
            return new DiskFile(config, file, cached, status);
        } catch (SystemCallException | DiskException e) {
            file.close();
            cached.close();
            throw e instanceof DiskException ? e : problem(config, "can not be used: " + e.getMessage());
        }
    }

    private static FileDescriptor openFile(DiskConfig config) {
        // O_NONBLOCK: a pipe must not hold us up; on disks it means nothing
        int flags = FileDescriptor.O_NONBLOCK | (config.readOnly() ? FileDescriptor.O_RDONLY : FileDescriptor.O_RDWR)
                | (config.direct() ? FileDescriptor.O_DIRECT : 0);
        try {
            return FileDescriptor.open(config.path(), flags);
        } catch (SystemCallException e) {
            throw problem(config, switch (e.errno()) {
                case Errno.ENOENT -> "is not there";
                case Errno.EACCES, Errno.EPERM -> config.readOnly() ? "may not be read by this user"
                        : "may not be written by this user; one that is only read needs the option ro";
                case Errno.EROFS -> "is on a read-only file system: give the option ro";
                case Errno.EINVAL ->
                    config.direct() ? "is on a file system without direct I/O: leave out the option direct"
                            : "can not be opened: " + e.getMessage();
                default -> "can not be opened: " + e.getMessage();
            });
        }
    }

    private static DiskException problem(DiskConfig config, String what) {
        return new DiskException("disk \"" + config.path() + "\" " + what);
    }

    String path() {
        return path;
    }

    boolean readOnly() {
        return readOnly;
    }

    boolean isBlockDevice() {
        return status.kind() == DiskStatus.Kind.BLOCK_DEVICE;
    }

    /** Descriptor for aligned requests. */
    int number() {
        return file.number();
    }

    /** Descriptor for requests of any alignment. */
    int cachedNumber() {
        return cached.number();
    }

    /** The least that the guest should read or write, in bytes: a power of two from 512. */
    int blockSize() {
        return Math.max(SECTOR, Math.max(status.blockSize(), offsetAlignment));
    }

    /** What is written without reading first, in bytes. */
    int physicalBlockSize() {
        return Math.max(blockSize(), isBlockDevice() ? status.physicalBlockSize() : PAGE);
    }

    /** In sectors of 512 bytes, whole blocks only. */
    long capacity() {
        long bytes = status.size() - status.size() % blockSize();
        return (bytes == 0 ? status.size() : bytes) / SECTOR;
    }

    /** Bytes that reads and writes of the guest can reach. */
    long bytes() {
        return capacity() * SECTOR;
    }

    /** Whether an offset or length can go directly; 512-byte multiples always can without direct I/O. */
    boolean offsetFits(long value) {
        return (value & offsetAlignment - 1) == 0;
    }

    /** Whether a buffer's address and length can go directly. */
    boolean memoryFits(long value) {
        return (value & memoryAlignment - 1) == 0;
    }

    boolean direct() {
        return direct;
    }

    /** Remembers that the file ends before the disk does. It stays so: what was cut off is lost, even if the file grows again. */
    void endedAt(long size) {
        if (size < bytes() && !shrunk) {
            shrunk = true;
            System.getLogger("dev.jvmm.virtio.block").log(System.Logger.Level.ERROR,
                    "disk \"" + path + "\" has shrunk to " + size + " bytes; from now on every request fails");
        }
    }

    /** Whether the file became smaller than the disk. */
    boolean shrunk() {
        return shrunk;
    }

    @Override
    public void close() {
        file.close();
        cached.close();
    }
}
