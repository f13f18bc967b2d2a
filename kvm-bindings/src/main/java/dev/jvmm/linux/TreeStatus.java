package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * What {@link TreeCalls#status} has found out of a file; made once, filled anew each time. {@code struct statx} of {@code linux/stat.h}
 */
public final class TreeStatus {
    public static final int S_IFMT = 0170000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFIFO = 0010000;
    public static final int S_IFSOCK = 0140000;

    static final int STATX_BASIC_STATS = 0x7FF;
    static final int STATX_BTIME = 0x800;
    static final int WANTED = STATX_BASIC_STATS | STATX_BTIME;

    /** {@code struct statx}; times are seconds and, 8 bytes on, nanoseconds. */
    static final class Layout {
        static final int SIZE = 256;
        static final int MASK = 0;
        static final int BLKSIZE = 4;
        static final int NLINK = 16;
        static final int UID = 20;
        static final int GID = 24;
        static final int MODE = 28;
        static final int INO = 32;
        static final int FILE_SIZE = 40;
        static final int BLOCKS = 48;
        static final int ATIME = 64;
        static final int BTIME = 80;
        static final int CTIME = 96;
        static final int MTIME = 112;
        static final int RDEV_MAJOR = 128;
        static final int RDEV_MINOR = 132;
        static final int DEV_MAJOR = 136;
        static final int DEV_MINOR = 140;
        static final int TV_NSEC = 8;

        private Layout() {}
    }

    private final ByteBuffer statx = NativeBuffers.allocate(Layout.SIZE);
    private final long address = NativeBuffers.address(statx);

    /** Nothing yet. */
    public TreeStatus() {}

    long address() {
        return address;
    }

    /** Type and permission bits. */
    public int mode() {
        return Short.toUnsignedInt(statx.getShort(Layout.MODE));
    }

    /** Names that the file has. */
    public int links() {
        return statx.getInt(Layout.NLINK);
    }

    /** User id. */
    public int user() {
        return statx.getInt(Layout.UID);
    }

    /** Group id. */
    public int group() {
        return statx.getInt(Layout.GID);
    }

    /** The file system that it is on: major and minor number in the upper and the lower half. */
    public long device() {
        return (long) statx.getInt(Layout.DEV_MAJOR) << 32 | statx.getInt(Layout.DEV_MINOR) & 0xFFFF_FFFFL;
    }

    /** Its number in that file system. */
    public long inode() {
        return statx.getLong(Layout.INO);
    }

    /** Bytes. */
    public long size() {
        return statx.getLong(Layout.FILE_SIZE);
    }

    /** What reads and writes are best multiples of, in bytes. */
    public int blockSize() {
        return statx.getInt(Layout.BLKSIZE);
    }

    /** Of 512 bytes, that it takes up. */
    public long blocks() {
        return statx.getLong(Layout.BLOCKS);
    }

    /** Of a device file: its major number. */
    public int deviceMajor() {
        return statx.getInt(Layout.RDEV_MAJOR);
    }

    /** Of a device file: its minor number. */
    public int deviceMinor() {
        return statx.getInt(Layout.RDEV_MINOR);
    }

    /** When it was read last: seconds since 1970. */
    public long accessed() {
        return statx.getLong(Layout.ATIME);
    }

    /** The nanoseconds to {@link #accessed}. */
    public int accessedNanos() {
        return statx.getInt(Layout.ATIME + Layout.TV_NSEC);
    }

    /** When its content changed last: seconds since 1970. */
    public long modified() {
        return statx.getLong(Layout.MTIME);
    }

    /** The nanoseconds to {@link #modified}. */
    public int modifiedNanos() {
        return statx.getInt(Layout.MTIME + Layout.TV_NSEC);
    }

    /** When its content, owner, mode or names changed last: seconds since 1970. */
    public long changed() {
        return statx.getLong(Layout.CTIME);
    }

    /** The nanoseconds to {@link #changed}. */
    public int changedNanos() {
        return statx.getInt(Layout.CTIME + Layout.TV_NSEC);
    }

    /** Whether the file system knows when the file was made. */
    public boolean hasBirth() {
        return (statx.getInt(Layout.MASK) & STATX_BTIME) != 0;
    }

    /** When it was made: seconds since 1970; nothing sensible without {@link #hasBirth}. */
    public long born() {
        return statx.getLong(Layout.BTIME);
    }

    /** The nanoseconds to {@link #born}. */
    public int bornNanos() {
        return statx.getInt(Layout.BTIME + Layout.TV_NSEC);
    }
}
