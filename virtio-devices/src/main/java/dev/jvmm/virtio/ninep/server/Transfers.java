package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;

/** Data of files: it goes between the file and the message's memory, and through none of this process's. */
final class Transfers {
    private Transfers() {}

    /** Tread: fid[4] offset[8] count[4]. */
    static int read(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        long offset = in.int64();
        int count = in.int32();
        if (in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        int room = Math.min(work.client.msize(), work.reply.length()) - P9.DATA_OUT;
        if (room < 0) {
            return -Errno.EMSGSIZE;
        }
        int wanted = count < 0 ? room : Math.min(count, room);
        Attribute attribute = fid.attribute;
        int done;
        if (attribute != null) {
            done = attribute.read(offset, wanted, work.reply);
        } else {
            done = fid.open < 0 || !fid.readable() ? -Errno.EBADF
                    : move(work, true, P9.DATA_OUT, fid.open, offset, wanted);
        }
        if (done < 0) {
            return done;
        }
        work.out.int32(done);
        work.out.data(done);
        return 0;
    }

    /** Twrite: fid[4] offset[8] count[4] data[count]. */
    static int write(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        long offset = in.int64();
        int count = in.int32();
        if (in.broken() || count < 0 || count > in.size() - P9.DATA_IN) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        Attribute attribute = fid.attribute;
        int done;
        if (attribute != null) {
            done = attribute.write(offset, count, work.request);
        } else {
            done = fid.open < 0 || !fid.writable() ? -Errno.EBADF
                    : move(work, false, P9.DATA_IN, fid.open, offset, count);
        }
        if (done < 0) {
            return done;
        }
        work.out.int32(done);
        return 0;
    }

    /**
     * Moves bytes between a file and a message, as far as the file goes.
     *
     * @param in whether the message gets them
     * @param start of the bytes in the message
     * @return how many were moved, or {@code -errno} when that is none
     */
    private static int move(Work work, boolean in, int start, int fd, long offset, int wanted) {
        Message message = in ? work.reply : work.request;
        int done = 0;
        do {
            int pieces = message.vectors(start + done, wanted - done, work.vectors);
            long address = work.vectors.address();
            long result = in
                    ? work.io.preadv(fd, address, pieces, offset + done)
                    : work.io.pwritev(fd, address, pieces, offset + done, 0);
            if (result == -Errno.EINTR) {
                continue;
            }
            if (result < 0) {
                return done > 0 ? done : (int) result;
            }
            done += (int) result;
            if (pieces < IoVectors.MOST || result < work.vectors.bytes()) {
                return done;
            }
        } while (done < wanted);
        return done;
    }

    /** Tfsync: fid[4] datasync[4], which older clients leave out. */
    static int sync(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        if (in.broken()) {
            return -Errno.EINVAL;
        }
        boolean dataOnly = in.int32() != 0;
        if (fid == null || fid.open < 0) {
            return -Errno.EBADF;
        }
        return (int) work.calls.sync(fid.open, dataOnly);
    }
}
