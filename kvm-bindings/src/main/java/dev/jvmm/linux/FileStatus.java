package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * What the kernel says of an open file ({@code struct stat} of {@code asm/stat.h}).
 *
 * @param device the file system's number
 * @param inode the file's number in it
 * @param links names that the file has; 0 once it is removed
 * @param mode type and permission bits
 * @param owner user id
 * @param size bytes
 * @param blocks of 512 bytes that it takes up
 * @param accessed nanoseconds since 1970, as the next two
 * @param modified when its content changed last
 * @param changed when its content, owner, mode or names changed last
 * @see <a href="https://man7.org/linux/man-pages/man2/stat.2.html">fstat(2)</a>
 */
public record FileStatus(long device, long inode, long links, int mode, int owner, long size, long blocks,
        long accessed,
        long modified, long changed) {
    static final int SIZE = 144;
    static final int ST_DEV = 0;
    static final int ST_INO = 8;
    static final int ST_NLINK = 16;
    static final int ST_MODE = 24;
    static final int ST_UID = 28;
    static final int ST_SIZE = 48;
    static final int ST_BLOCKS = 64;
    static final int ST_ATIME = 72;
    static final int ST_MTIME = 88;
    static final int ST_CTIME = 104;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int TYPE = 0170000;
    private static final int REGULAR = 0100000;
    private static final int WRITABLE_BY_OTHERS = 022;
    private static final int WRITABLE_BY_OWNER = 0200;

    static FileStatus of(ByteBuffer stat) {
        return new FileStatus(stat.getLong(ST_DEV), stat.getLong(ST_INO), stat.getLong(ST_NLINK), stat.getInt(ST_MODE),
                stat.getInt(ST_UID), stat.getLong(ST_SIZE), stat.getLong(ST_BLOCKS), time(stat, ST_ATIME),
                time(stat, ST_MTIME), time(stat, ST_CTIME));
    }

    private static long time(ByteBuffer stat, int at) {
        return stat.getLong(at) * NANOS_PER_SECOND + stat.getLong(at + Long.BYTES);
    }

    /** Whether it is an ordinary file. */
    public boolean isRegular() {
        return (mode & TYPE) == REGULAR;
    }

    /** Whether its group or everybody may write in it. */
    public boolean writableByOthers() {
        return (mode & WRITABLE_BY_OTHERS) != 0;
    }

    /** Whether its owner may write in it; root can all the same. */
    public boolean writableByOwner() {
        return (mode & WRITABLE_BY_OWNER) != 0;
    }
}
