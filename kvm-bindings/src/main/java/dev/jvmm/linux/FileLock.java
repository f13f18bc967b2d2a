package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Locks on whole files that belong to the open file, not to the process: two openings in one process exclude each other, too, and the
 * lock goes with the last descriptor of the opening. Other programs that lock ranges of the file, QEMU for one, are kept out as well.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/fcntl_locking.2.html">F_OFD_SETLK(2)</a>
 */
public final class FileLock {
    static final int F_OFD_SETLK = 37;
    static final int F_RDLCK = 0;
    static final int F_WRLCK = 1;

    /** {@code struct flock}; a start and a length of 0 are the whole file, the process id must be 0. */
    static final class Layout {
        static final int SIZE = 32;
        static final int TYPE = 0;
        static final int WHENCE = 2;
        static final int START = 8;
        static final int LEN = 16;
        static final int PID = 24;

        private Layout() {}
    }

    private FileLock() {}

    /**
     * Locks without waiting.
     *
     * @param exclusive for a writer, of a file opened for writing; otherwise shared, of one opened for reading
     * @return false when somebody else holds a lock that does not go with it
     * @throws SystemCallException when the file system knows no locks, and so on
     */
    public static boolean tryLock(FileDescriptor file, boolean exclusive) {
        ByteBuffer flock = NativeBuffers.allocate(Layout.SIZE);
        flock.putShort(Layout.TYPE, (short) (exclusive ? F_WRLCK : F_RDLCK));
        long done = file.call(SyscallNumber.FCNTL, F_OFD_SETLK, NativeBuffers.address(flock), 0);
        Reference.reachabilityFence(flock);
        if (done == -Errno.EAGAIN || done == -Errno.EACCES) {
            return false;
        }
        SystemCallException.check("fcntl(F_OFD_SETLK)", done);
        return true;
    }
}
