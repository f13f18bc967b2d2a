package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import java.nio.ByteBuffer;

/** Entries of directories, in the order and with the cookies of the host's file system, so that a client goes on where it likes. */
final class Entries {
    /** {@code struct linux_dirent64}: d_ino[8] d_off[8] d_reclen[2] d_type[1] d_name, NUL, up to a multiple of 8. */
    private static final int INODE = 0;
    private static final int NEXT = 8;
    private static final int LENGTH = 16;
    private static final int TYPE = 18;
    private static final int NAME = 19;

    /** qid[13] offset[8] type[1] and the length of the name[s]. */
    private static final int FIXED = 24;

    /**
     * No entry takes more than 28 bytes for each 24 of the kernel's: those with a name of 4 bytes. So what the kernel gives for so
     * much room always fits.
     */
    private static final int KERNEL = 24;

    private static final int OURS = 28;
    private static final int DT_DIR = 4;
    private static final int DT_LNK = 10;

    private Entries() {}

    /** Treaddir: fid[4] offset[8] count[4]. */
    static int read(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        long offset = in.int64();
        int count = in.int32();
        if (in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null || fid.open < 0) {
            return -Errno.EBADF;
        }
        int room = Math.min(work.client.msize(), work.reply.length()) - P9.DATA_OUT;
        if (room < 0) {
            return -Errno.EMSGSIZE;
        }
        int wanted = count < 0 ? room : Math.min(count, room);
        int size = Math.min(Work.ENTRIES, (int) ((long) wanted * KERNEL / OURS));
        int done;
        synchronized (fid) {
            done = read(work, fid, offset, size);
        }
        if (done < 0) {
            return done;
        }
        work.out.int32(done);
        work.out.data(done);
        if (done > 0) {
            ByteBuffer big = work.big();
            work.reply.write(P9.DATA_OUT, big.limit(Work.ENTRIES + done).position(Work.ENTRIES));
            big.clear();
        }
        return 0;
    }

    private static int read(Work work, Fid fid, long offset, int size) {
        if (offset != fid.position) {
            long error = work.calls.seek(fid.open, offset);
            if (error < 0) {
                return (int) error;
            }
            fid.position = offset;
        }
        int bytes = (int) work.calls.entries(fid.open, work.bigAddress(), size);
        if (bytes <= 0) {
            return bytes;
        }
        int from = 0;
        int to = Work.ENTRIES;
        ByteBuffer big = work.big();
        while (from < bytes) {
            to = convert(work, fid, big, from, to);
            fid.position = big.getLong(from + NEXT);
            from += big.getShort(from + LENGTH) & 0xFFFF;
        }
        return to - Work.ENTRIES;
    }

    private static int convert(Work work, Fid fid, ByteBuffer big, int from, int to) {
        int end = from + NAME;
        while (big.get(end) != 0) {
            end++;
        }
        int name = end - from - NAME;
        int type = work.share.owners().real() ? big.get(from + TYPE) : typeKept(big.get(from + TYPE));
        Node directory = fid.node;
        long inode = big.getLong(from + INODE);
        long path = work.share.qids().path(directory.device, inode);
        if (isParent(big, from, name) && isRoot(work, directory)) {
            path = directory.qid.path; // not the number of what is outside
        }
        big.put(to, (byte) (type == DT_DIR ? P9.QTDIR : type == DT_LNK ? P9.QTSYMLINK : P9.QTFILE));
        big.putInt(to + 1, 0);
        big.putLong(to + 5, path);
        big.putLong(to + P9.QID, big.getLong(from + NEXT));
        big.put(to + P9.QID + Long.BYTES, (byte) type);
        big.putShort(to + FIXED - Short.BYTES, (short) name);
        big.put(to + FIXED, big, from + NAME, name);
        return to + FIXED + name;
    }

    /** A plain file may be kept in place of something else: its type is not known. */
    private static int typeKept(int type) {
        return type == DT_DIR ? type : 0;
    }

    private static boolean isParent(ByteBuffer big, int from, int name) {
        return name == 2 && big.get(from + NAME) == '.' && big.get(from + NAME + 1) == '.';
    }

    private static boolean isRoot(Work work, Node directory) {
        Node root = work.share.root();
        return directory.inode == root.inode && directory.device == root.device;
    }

}
