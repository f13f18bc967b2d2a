package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.TreeStatus;
import java.util.Arrays;

/**
 * Makes files' numbers of the share out of a file system's and a number in it, so that two file systems below one share have none in
 * common: the upper byte is the file system's turn to be seen, the rest the number. What does not fit so is mixed well, under an upper
 * byte of its own. Any thread.
 */
final class Qids {
    private static final int SHIFT = 56;
    private static final int MIXED = 0xFF;

    /** File systems in the order in which they were seen; replaced, never changed. */
    private volatile long[] devices = new long[0];

    /** The upper byte's value for a file system; adds it, up to 255 of them. */
    private int turn(long device) {
        long[] known = devices;
        for (int i = 0; i < known.length; i++) {
            if (known[i] == device) {
                return i;
            }
        }
        return known.length == MIXED ? MIXED : add(device);
    }

    private synchronized int add(long device) {
        long[] known = devices;
        for (int i = 0; i < known.length; i++) {
            if (known[i] == device) {
                return i;
            }
        }
        if (known.length == MIXED) {
            return MIXED;
        }
        long[] more = Arrays.copyOf(known, known.length + 1);
        more[known.length] = device;
        devices = more;
        return known.length;
    }

    long path(long device, long inode) {
        long turn = turn(device);
        if (turn < MIXED && inode >>> SHIFT == 0) {
            return turn << SHIFT | inode;
        }
        return (long) MIXED << SHIFT | mixed(mixed(device) + inode) >>> Long.SIZE - SHIFT;
    }

    /** SplitMix64's finish: each bit of the input counts for each of the output. */
    private static long mixed(long value) {
        long z = value + 0x9E37_79B9_7F4A_7C15L;
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    /**
     * A file's number. The version is when the file was made, and not when it changed: Linux takes two versions of a file for two
     * inodes, each with a page cache of its own, so that of two names of a file one would show what the other had long overwritten.
     */
    Qid qid(TreeStatus status, int mode) {
        int version = status.hasBirth() ? (int) (status.born() * 1_000_003L) ^ status.bornNanos() : 0;
        return new Qid(type(mode), version, path(status.device(), status.inode()));
    }

    static int type(int mode) {
        switch (mode & TreeStatus.S_IFMT) {
            case TreeStatus.S_IFDIR :
                return P9.QTDIR;
            case TreeStatus.S_IFLNK :
                return P9.QTSYMLINK;
            default :
                return P9.QTFILE;
        }
    }

    /** Takes the order in which a saved client saw file systems, where the share's own is the same. */
    synchronized void restore(long[] saved) {
        long[] known = devices;
        if (saved.length > known.length && known.length > 0 && saved[0] == known[0] && known.length == 1) {
            devices = saved.clone();
        }
    }

    /** The file systems seen so far, for a saved client. */
    long[] devices() {
        return devices.clone();
    }
}
