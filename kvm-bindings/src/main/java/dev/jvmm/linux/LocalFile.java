package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An open file or directory of a file system, for what java.nio can not do or not do cheaply enough for the start. */
public final class LocalFile extends FileDescriptor {
    public static final int O_EXCL = 0200;
    public static final int O_DIRECTORY = 0200000;
    public static final int O_NOFOLLOW = 0400000;

    static final int LOCK_EX = 2;
    static final int LOCK_NB = 4;
    static final int SEEK_DATA = 3;

    private static final int MODE = 0600;

    private LocalFile(long number) {
        super((int) number);
    }

    /**
     * Opens a file, with {@code O_CLOEXEC} added; one that is created is its owner's alone.
     *
     * @throws SystemCallException with the path and the errno
     */
    public static LocalFile open(String path, int flags) {
        return new LocalFile(SystemCallException.check(opening(path), openAt(AT_FDCWD, path, flags, MODE)));
    }

    /** As {@link #open(String, int)}; empty when there is no such file or, with {@code O_CREAT}, no folder for it. */
    public static Optional<LocalFile> find(String path, int flags) {
        return found(path, openAt(AT_FDCWD, path, flags, MODE));
    }

    /** As {@link #find(String, int)}, by a name in this directory. */
    public Optional<LocalFile> findIn(String name, int flags) {
        return found(name, openAt(number(), name, flags, MODE));
    }

    /**
     * Creates a file in this directory and opens it for reading and writing.
     *
     * @param mode permission bits
     * @throws SystemCallException when there is something of that name
     */
    public LocalFile createIn(String name, int mode) {
        long fd = openAt(number(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        return new LocalFile(SystemCallException.check("create(\"" + name + "\")", fd));
    }

    private static Optional<LocalFile> found(String name, long fd) {
        return fd == -Errno.ENOENT ? Optional.empty()
                : Optional.of(new LocalFile(SystemCallException.check(opening(name), fd)));
    }

    private static String opening(String name) {
        return "open(\"" + name + "\")";
    }

    /** The user that this process acts for. */
    public static int ownUser() {
        return (int) new Syscalls().call(SyscallNumber.GETEUID, 0, 0, 0);
    }

    /** What the kernel says of it now. */
    public FileStatus status() {
        ByteBuffer stat = NativeBuffers.allocate(FileStatus.SIZE);
        SystemCallException.check("fstat", call(SyscallNumber.FSTAT, NativeBuffers.address(stat), 0, 0));
        return FileStatus.of(stat);
    }

    /**
     * Locks it against other openings of it, in this process too, until it is closed or this process ends.
     *
     * @return false when another has the lock
     * @see <a href="https://man7.org/linux/man-pages/man2/flock.2.html">flock(2)</a>
     */
    public boolean tryLock() {
        long result = call(SyscallNumber.FLOCK, LOCK_EX | LOCK_NB, 0, 0);
        if (result == -Errno.EAGAIN) {
            return false;
        }
        SystemCallException.check("flock", result);
        return true;
    }

    /**
     * The first byte at or behind {@code offset} that is not in a hole; the file's size where there is none. On a file system that does
     * not tell, no byte is in a hole.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/lseek.2.html">lseek(2)</a>
     */
    public long nextData(long offset, long size) {
        long result = call(SyscallNumber.LSEEK, offset, SEEK_DATA, 0);
        if (result == -Errno.ENXIO) {
            return size;
        }
        return result < 0 ? offset : result;
    }

    /** Sets its size; what is new reads as zeros. */
    public void resize(long size) {
        SystemCallException.check("ftruncate to " + size + " bytes", call(SyscallNumber.FTRUNCATE, size, 0, 0));
    }

    /** Reads until the buffer is full or the file ends, and moves the buffer's position. */
    public void readFully(ByteBuffer into, long offset) {
        long at = offset;
        while (into.hasRemaining()) {
            int done = transfer("read", SyscallNumber.PREAD64, into, at);
            if (done == 0) {
                return;
            }
            at += done;
        }
    }

    /** Writes all of the buffer, whose position moves to its limit. */
    public void writeFully(ByteBuffer from, long offset) {
        long at = offset;
        while (from.hasRemaining()) {
            at += transfer("write", SyscallNumber.PWRITE64, from, at);
        }
    }

    private int transfer(String name, long call, ByteBuffer buffer, long offset) {
        long address = NativeBuffers.address(buffer) + buffer.position();
        long done;
        do {
            done = call(call, address, buffer.remaining(), offset);
        } while (done == -Errno.EINTR);
        Reference.reachabilityFence(buffer);
        SystemCallException.check(name, done);
        buffer.position(buffer.position() + (int) done);
        return (int) done;
    }
}
