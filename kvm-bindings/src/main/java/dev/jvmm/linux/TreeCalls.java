package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * Calls on trees of files, for one thread at a time: each thread has an instance of its own. They take descriptors and the addresses of
 * names that end with NUL, allocate nothing and answer with the negated errno. Whoever calls keeps descriptors and names valid meanwhile.
 *
 * <p>Files are named by a directory's descriptor and one component, or by a descriptor alone, {@code O_PATH} ones included. Where the
 * kernel has no call on such a descriptor it is reached through {@code /proc/self/fd}, whose links lead to the very file that is open.
 * So no call here resolves a path that somebody else can bend.
 */
public final class TreeCalls {
    public static final int O_NOCTTY = 0400;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_DSYNC = 010000;
    public static final int O_SYNC = 04010000;
    public static final int O_PATH = 010000000;
    public static final int AT_REMOVEDIR = 0x200;

    /** In place of nanoseconds: the time is now, or is left alone. */
    public static final int UTIME_NOW = 0x3FFF_FFFF;

    public static final int UTIME_OMIT = 0x3FFF_FFFE;

    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_SYMLINK_FOLLOW = 0x400;
    static final int AT_EMPTY_PATH = 0x1000;
    static final int RESOLVE_NO_MAGICLINKS = 0x02;
    static final int RESOLVE_NO_SYMLINKS = 0x04;
    static final int RESOLVE_BENEATH = 0x08;

    /** {@code struct open_how}. */
    static final class HowLayout {
        static final int SIZE = 24;
        static final int FLAGS = 0;
        static final int MODE = 8;
        static final int RESOLVE = 16;

        private HowLayout() {}
    }

    private static final byte[] FOLDER = { '/', 'p', 'r', 'o', 'c', '/', 's', 'e', 'l', 'f', '/', 'f', 'd', '/' };

    /** Descriptors' links, opened once; a descriptor's number is a name in it. */
    private static final class Links {
        static final int FOLDER = open();

        private static int open() {
            ByteBuffer path = FileDescriptor.cString("/proc/self/fd");
            return (int) SystemCallException.check("open(\"/proc/self/fd\")",
                    new Syscalls().call(SyscallNumber.OPENAT, FileDescriptor.AT_FDCWD, NativeBuffers.address(path),
                            O_PATH | LocalFile.O_DIRECTORY | FileDescriptor.O_CLOEXEC, 0, 0, 0));
        }
    }

    private final Syscalls syscalls = new Syscalls();
    private final ByteBuffer how = NativeBuffers.allocate(HowLayout.SIZE);
    private final long howAddress = NativeBuffers.address(how);
    private final ByteBuffer times = NativeBuffers.allocate(2 * Signals.TIMESPEC_SIZE);
    private final long timesAddress = NativeBuffers.address(times);

    /** {@code /proc/self/fd/} and room for a number; behind it is always a NUL. */
    private final ByteBuffer link = NativeBuffers.allocate(32);

    private final long linkAddress = NativeBuffers.address(link);
    private final long linkName = linkAddress + FOLDER.length;
    private final long empty = linkAddress + link.capacity() - 1;

    /** For the calling thread. */
    public TreeCalls() {
        link.put(0, FOLDER);
        how.putLong(HowLayout.RESOLVE, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
    }

    /** Writes a descriptor's number behind the folder's name; one that is none becomes a name that is not there. */
    private long linkTo(int fd) {
        if (fd < 0) {
            link.put(FOLDER.length, (byte) '-').put(FOLDER.length + 1, (byte) 0); // there is none
            return linkName;
        }
        int digits = 1;
        for (int rest = fd; rest >= 10; rest /= 10) {
            digits++;
        }
        link.put(FOLDER.length + digits, (byte) 0);
        int rest = fd;
        for (int i = FOLDER.length + digits - 1; i >= FOLDER.length; i--) {
            link.put(i, (byte) ('0' + rest % 10));
            rest /= 10;
        }
        return linkName;
    }

    /**
     * Opens a path that stays below a directory: neither {@code ..} beyond it nor a symbolic link is followed, whatever is renamed
     * meanwhile. With {@code O_PATH | O_NOFOLLOW} the last component may be a symbolic link, which is then opened itself.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/openat2.2.html">openat2(2)</a>
     */
    public long openBeneath(int directory, long path, int flags) {
        how.putLong(HowLayout.FLAGS, (flags | FileDescriptor.O_CLOEXEC) & 0xFFFF_FFFFL);
        return syscalls.call(SyscallNumber.OPENAT2, directory, path, howAddress, HowLayout.SIZE, 0, 0);
    }

    /** Makes a file of a name that is not taken, and opens it. */
    public long create(int directory, long name, int flags, int mode) {
        int all = flags | FileDescriptor.O_CREAT | LocalFile.O_EXCL | LocalFile.O_NOFOLLOW | FileDescriptor.O_CLOEXEC;
        return syscalls.call(SyscallNumber.OPENAT, directory, name, all, mode, 0, 0);
    }

    /** Opens the very file of a descriptor anew; not one of a symbolic link. */
    public long reopen(int fd, int flags) {
        return syscalls.call(SyscallNumber.OPENAT, Links.FOLDER, linkTo(fd), flags | FileDescriptor.O_CLOEXEC, 0, 0, 0);
    }

    /** close(2). */
    public long close(int fd) {
        return syscalls.call(SyscallNumber.CLOSE, fd, 0, 0);
    }

    /** statx(2) of a descriptor's file. */
    public long status(int fd, TreeStatus into) {
        return statx(fd, empty, AT_EMPTY_PATH, into);
    }

    /** statx(2) of a name in a directory, a symbolic link itself. */
    public long statusOf(int directory, long name, TreeStatus into) {
        return statx(directory, name, AT_SYMLINK_NOFOLLOW, into);
    }

    private long statx(int fd, long name, int flags, TreeStatus into) {
        return syscalls.call(SyscallNumber.STATX, fd, name, flags, TreeStatus.WANTED, into.address(), 0);
    }

    /** fstatfs(2). */
    public long space(int fd, TreeSpace into) {
        return syscalls.call(SyscallNumber.FSTATFS, fd, into.address(), 0);
    }

    /** Gives a descriptor's file to a user and a group; -1 leaves one as it is. */
    public long chown(int fd, int user, int group) {
        return syscalls.call(SyscallNumber.FCHOWNAT, fd, empty, user, group, AT_EMPTY_PATH, 0);
    }

    /** Sets the permission bits of a descriptor's file; not of a symbolic link. */
    public long chmod(int fd, int mode) {
        return syscalls.call(SyscallNumber.FCHMODAT, Links.FOLDER, linkTo(fd), mode);
    }

    /** Sets the size of a descriptor's file, which need not be open for writing; {@link #resize} where it is. */
    public long truncate(int fd, long size) {
        linkTo(fd);
        return syscalls.call(SyscallNumber.TRUNCATE, linkAddress, size, 0);
    }

    /** ftruncate(2) of a descriptor that is open for writing. */
    public long resize(int fd, long size) {
        return syscalls.call(SyscallNumber.FTRUNCATE, fd, size, 0);
    }

    /** Sets the times of access and modification: seconds since 1970 and nanoseconds, or {@link #UTIME_NOW} or {@link #UTIME_OMIT}. */
    public long setTimes(int fd, long accessed, long accessedNanos, long modified, long modifiedNanos) {
        times.putLong(0, accessed);
        times.putLong(Long.BYTES, accessedNanos);
        times.putLong(Signals.TIMESPEC_SIZE, modified);
        times.putLong(Signals.TIMESPEC_SIZE + Long.BYTES, modifiedNanos);
        return syscalls.call(SyscallNumber.UTIMENSAT, fd, empty, timesAddress, AT_EMPTY_PATH, 0, 0);
    }

    /** Gives a descriptor's file another name. */
    public long link(int fd, int directory, long name) {
        return syscalls.call(SyscallNumber.LINKAT, Links.FOLDER, linkTo(fd), directory, name, AT_SYMLINK_FOLLOW, 0);
    }

    /** symlinkat(2). */
    public long symlink(long target, int directory, long name) {
        return syscalls.call(SyscallNumber.SYMLINKAT, target, directory, name);
    }

    /** mkdirat(2). */
    public long mkdir(int directory, long name, int mode) {
        return syscalls.call(SyscallNumber.MKDIRAT, directory, name, mode);
    }

    /** mknodat(2); the mode has the type's bits. */
    public long mknod(int directory, long name, int mode, int major, int minor) {
        return syscalls.call(SyscallNumber.MKNODAT, directory, name, mode, encoded(major, minor), 0, 0);
    }

    /** As the kernel's {@code new_encode_dev} packs it: 12 bits of major number, 20 of minor. */
    private static long encoded(int major, int minor) {
        return minor & 0xFF | (major & 0xFFFL) << 8 | (minor & 0xFFF00L) << 12;
    }

    /** renameat2(2) without flags: what has the new name already goes. */
    public long rename(int from, long oldName, int to, long newName) {
        return syscalls.call(SyscallNumber.RENAMEAT2, from, oldName, to, newName, 0, 0);
    }

    /** unlinkat(2); 0 or {@link #AT_REMOVEDIR}. */
    public long unlink(int directory, long name, int flags) {
        return syscalls.call(SyscallNumber.UNLINKAT, directory, name, flags);
    }

    /** Where a symbolic link's descriptor points; returns the bytes, without a NUL. */
    public long readlink(int fd, long buffer, int size) {
        return syscalls.call(SyscallNumber.READLINKAT, fd, empty, buffer, size, 0, 0);
    }

    /** The path of a descriptor's file now; {@code " (deleted)"} follows it where the name is gone. */
    public long path(int fd, long buffer, int size) {
        return syscalls.call(SyscallNumber.READLINKAT, Links.FOLDER, linkTo(fd), buffer, size, 0, 0);
    }

    /** getdents64(2) of an open directory; returns the bytes, 0 at its end. */
    public long entries(int fd, long buffer, int size) {
        return syscalls.call(SyscallNumber.GETDENTS64, fd, buffer, size);
    }

    /** Goes to where an entry of an open directory said that the next one is; 0 is the beginning. */
    public long seek(int fd, long offset) {
        return syscalls.call(SyscallNumber.LSEEK, fd, offset, 0);
    }

    /** fsync(2), or fdatasync(2) where only the data matters. */
    public long sync(int fd, boolean dataOnly) {
        return syscalls.call(dataOnly ? SyscallNumber.FDATASYNC : SyscallNumber.FSYNC, fd, 0, 0);
    }

    /** getxattr(2) of a descriptor's file, a symbolic link itself; with a size of 0 only the size of the value. */
    public long attribute(int fd, long name, long value, int size) {
        linkTo(fd);
        return syscalls.call(SyscallNumber.GETXATTR, linkAddress, name, value, size, 0, 0);
    }

    /** setxattr(2) of a descriptor's file. */
    public long setAttribute(int fd, long name, long value, int size, int flags) {
        linkTo(fd);
        return syscalls.call(SyscallNumber.SETXATTR, linkAddress, name, value, size, flags, 0);
    }

    /** listxattr(2) of a descriptor's file. */
    public long attributes(int fd, long list, int size) {
        linkTo(fd);
        return syscalls.call(SyscallNumber.LISTXATTR, linkAddress, list, size);
    }

    /** removexattr(2) of a descriptor's file. */
    public long removeAttribute(int fd, long name) {
        linkTo(fd);
        return syscalls.call(SyscallNumber.REMOVEXATTR, linkAddress, name, 0);
    }

    /** fcntl(2) with a lock that belongs to the open file: {@link RangeLock#SET} or {@link RangeLock#TEST}. */
    public long lock(int fd, int command, RangeLock lock) {
        return syscalls.call(SyscallNumber.FCNTL, fd, command, lock.address());
    }
}
