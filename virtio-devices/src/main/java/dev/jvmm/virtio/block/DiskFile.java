package dev.jvmm.virtio.block;

import dev.jvmm.linux.DiskStatus;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.FileLock;
import dev.jvmm.linux.LocalFile;
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

    static final int SECTOR_SHIFT = 9;

    private static final int PAGE = 4096;

    private final String path;
    private final boolean readOnly;
    private final boolean direct;
    private final DiskStatus status;
    private final FileDescriptor file;

    /** For what is not aligned; it has the lock, too. */
    private final FileDescriptor cached;

    private final int offsetAlignment;
    private final int memoryAlignment;
    private volatile long capacity;
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
        capacity = capacity(status.size());
    }

    /**
     * Opens and locks what a configuration names.
     *
     * @throws DiskException when that can not be, saying why and what to do
     */
    static DiskFile open(DiskConfig config) {
        FileDescriptor cached = openFile(config);
        try {
            DiskStatus status = DiskStatus.of(cached);
            if (status.kind() == DiskStatus.Kind.OTHER) {
                throw problem(config, "is neither a file nor a block device");
            }
            if (status.size() < SECTOR) {
                throw problem(config,
                        "holds " + status.size() + " bytes, and a disk has at least one sector of " + SECTOR);
            }
            if (!FileLock.tryLock(cached, !config.readOnly())) {
                throw problem(config, config.readOnly()
                        ? "is in use by somebody who writes to it: stop that machine or program, or give this one a copy"
                        : "is in use by another machine or program: stop it, give this one a copy, or let both only read (ro)");
            }
            FileDescriptor file = openAgain(config, cached,
                    status.kind() == DiskStatus.Kind.BLOCK_DEVICE && !config.readOnly());
            return new DiskFile(config, file, cached, status);
        } catch (SystemCallException | DiskException e) {
            cached.close();
            throw e instanceof DiskException ? e : problem(config, "can not be used: " + e.getMessage());
        }
    }

    private static int access(DiskConfig config) {
        return config.readOnly() ? FileDescriptor.O_RDONLY : FileDescriptor.O_RDWR;
    }

    private static FileDescriptor openFile(DiskConfig config) {
        try {
            // O_NONBLOCK: a pipe must not hold us up. io_uring would take it for a wish on disks, too, so this one is not used with it.
            return FileDescriptor.open(config.path(), access(config) | FileDescriptor.O_NONBLOCK);
        } catch (SystemCallException e) {
            throw problem(config, switch (e.errno()) {
                case Errno.ENOENT -> "is not there";
                case Errno.EACCES, Errno.EPERM -> config.readOnly() ? "may not be read by this user"
                        : "may not be written by this user; one that is only read needs the option ro";
                case Errno.EROFS -> "is on a read-only file system: give the option ro";
                default -> "can not be opened: " + e.getMessage();
            });
        }
    }

    /**
     * For direct I/O, and to claim a block device, as file systems claim those that they are on. The kernel lets only the descriptor
     * with the claim discard and fill with zeroes.
     */
    private static FileDescriptor openAgain(DiskConfig config, FileDescriptor file, boolean claimed) {
        int flags = access(config) | (claimed ? LocalFile.O_EXCL : 0) | (config.direct() ? FileDescriptor.O_DIRECT : 0);
        try {
            return FileDescriptor.open("/proc/self/fd/" + file.number(), flags);
        } catch (SystemCallException e) {
            throw switch (e.errno()) {
                case Errno.EBUSY -> problem(config,
                        "is in use by this host, mounted or part of another device: unmount it first, or only read it (ro)");
                case Errno.EINVAL ->
                    problem(config, "is on a file system without direct I/O: leave out the option direct");
                default -> e;
            };
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

    private long capacity(long size) {
        long bytes = size - size % blockSize();
        return (bytes == 0 ? size : bytes) / SECTOR;
    }

    /** In sectors of 512 bytes, whole blocks only. */
    long capacity() {
        return capacity;
    }

    /** Bytes of the file or block device as it is now. */
    long currentSize() {
        return DiskStatus.sizeOf(cached, status.kind());
    }

    /** Makes the disk as large as a size that was found; returns whether it is larger than before. One that shrank fails from now on. */
    boolean grow(long size) {
        endedAt(size);
        long now = capacity(size);
        if (shrunk || now <= capacity) {
            return false;
        }
        capacity = now;
        return true;
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
