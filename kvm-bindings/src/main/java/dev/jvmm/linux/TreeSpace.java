package dev.jvmm.linux;

import java.nio.ByteBuffer;

/** What {@link TreeCalls#space} has found out of a file system. {@code struct statfs} of {@code asm/statfs.h} */
public final class TreeSpace {
    /** {@code struct statfs}, as far as it is looked at. */
    static final class Layout {
        static final int SIZE = 120;
        static final int BSIZE = 8;
        static final int BLOCKS = 16;
        static final int BFREE = 24;
        static final int BAVAIL = 32;
        static final int FILES = 40;
        static final int FFREE = 48;
        static final int FSID = 56;
        static final int NAMELEN = 64;
        static final int FRSIZE = 72;

        private Layout() {}
    }

    private final ByteBuffer statfs = NativeBuffers.allocate(Layout.SIZE);
    private final long address = NativeBuffers.address(statfs);

    /** Nothing yet. */
    public TreeSpace() {}

    long address() {
        return address;
    }

    /** Bytes of a block. */
    public int blockSize() {
        long fragment = statfs.getLong(Layout.FRSIZE);
        return (int) (fragment == 0 ? statfs.getLong(Layout.BSIZE) : fragment);
    }

    /** Blocks in all. */
    public long blocks() {
        return statfs.getLong(Layout.BLOCKS);
    }

    /** Blocks that are free. */
    public long free() {
        return statfs.getLong(Layout.BFREE);
    }

    /** Blocks that are free for others than root. */
    public long available() {
        return statfs.getLong(Layout.BAVAIL);
    }

    /** Files that there can be. */
    public long files() {
        return statfs.getLong(Layout.FILES);
    }

    /** Files that can be made yet. */
    public long freeFiles() {
        return statfs.getLong(Layout.FFREE);
    }

    /** What tells file systems apart. */
    public long id() {
        return statfs.getLong(Layout.FSID);
    }

    /** Bytes of the longest name. */
    public int nameLength() {
        return (int) statfs.getLong(Layout.NAMELEN);
    }
}
