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
            done = fid.open < 0 || !fid.readable() ? -Errno.EBADF : read(work, fid.open, offset, wanted);
        }
        if (done < 0) {
            return done;
        }
        work.out.int32(done);
        work.out.data(done);
        return 0;
    }

    private static int read(Work work, int fd, long offset, int wanted) {
        int done = 0;
        do {
            int pieces = work.reply.vectors(P9.DATA_OUT + done, wanted - done, work.vectors);
            long result = work.io.preadv(fd, work.vectors.address(), pieces, offset + done);
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
            done = fid.open < 0 || !fid.writable() ? -Errno.EBADF : write(work, fid.open, offset, count);
        }
        if (done < 0) {
            return done;
        }
        work.out.int32(done);
        return 0;
    }

    private static int write(Work work, int fd, long offset, int count) {
        int done = 0;
        do {
            int pieces = work.request.vectors(P9.DATA_IN + done, count - done, work.vectors);
            long result = work.io.pwritev(fd, work.vectors.address(), pieces, offset + done, 0);
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
        } while (done < count);
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
