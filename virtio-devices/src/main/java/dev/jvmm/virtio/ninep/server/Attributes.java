package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.linux.TreeSpace;
import dev.jvmm.linux.TreeStatus;

/** What is known of a file besides its contents, and changes of it. */
final class Attributes {
    private static final int PERMISSIONS = 07777;

    private Attributes() {}

    /** Tgetattr: fid[4] request_mask[8]. All is told, whatever was asked for. */
    static int getattr(Work work) {
        Fid fid = work.use(work.in.int32());
        work.in.int64();
        if (work.in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        Node node = fid.node;
        TreeStatus status = work.status;
        int error = (int) work.calls.status(node.fd, status);
        if (error == 0) {
            error = work.share.owners().see(work, node.fd);
        }
        if (error < 0) {
            return error;
        }
        Answer out = work.out;
        Seen seen = work.seen;
        boolean birth = status.hasBirth();
        out.int64(birth ? P9.GETATTR_BASIC | P9.GETATTR_BTIME : P9.GETATTR_BASIC);
        out.qid(node.qid);
        out.int32(seen.mode & PERMISSIONS | node.seenType);
        out.int32(seen.user);
        out.int32(seen.group);
        out.int64(status.links() & 0xFFFF_FFFFL);
        out.int64(seen.device);
        out.int64(status.size());
        out.int64(work.client.unit(status.blockSize()));
        out.int64(status.blocks());
        out.time(status.accessed(), status.accessedNanos());
        out.time(status.modified(), status.modifiedNanos());
        out.time(status.changed(), status.changedNanos());
        out.time(birth ? status.born() : 0, birth ? status.bornNanos() : 0);
        out.int64(0); // generation and data version: not known
        out.int64(0);
        return 0;
    }

    /**
     * Tsetattr: fid[4] valid[4] mode[4] uid[4] gid[4] size[8] atime_sec[8] atime_nsec[8] mtime_sec[8] mtime_nsec[8]. A new owner takes
     * set-user-id away and a new size changes the times, so the mode and the times come behind these.
     */
    static int setattr(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int valid = in.int32();
        int mode = in.int32();
        int user = in.int32();
        int group = in.int32();
        long size = in.int64();
        long accessed = in.int64();
        long accessedNanos = in.int64();
        long modified = in.int64();
        long modifiedNanos = in.int64();
        if (in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        Node node = fid.node;
        int error = has(valid, P9.SETATTR_SIZE) ? resize(work, fid, size) : 0;
        if (error == 0 && has(valid, P9.SETATTR_UID | P9.SETATTR_GID)) {
            error = work.share.owners().chown(work, node, has(valid, P9.SETATTR_UID) ? user : -1,
                    has(valid, P9.SETATTR_GID) ? group : -1);
        }
        if (error == 0 && has(valid, P9.SETATTR_MODE)) {
            error = work.share.owners().chmod(work, node, mode & PERMISSIONS);
        }
        if (error == 0 && has(valid, P9.SETATTR_ATIME | P9.SETATTR_MTIME)) {
            boolean atime = has(valid, P9.SETATTR_ATIME_SET);
            boolean mtime = has(valid, P9.SETATTR_MTIME_SET);
            error = (int) work.calls.setTimes(node.fd, atime ? accessed : 0,
                    nanos(has(valid, P9.SETATTR_ATIME), atime, accessedNanos), mtime ? modified : 0,
                    nanos(has(valid, P9.SETATTR_MTIME), mtime, modifiedNanos));
        } else if (error == 0 && (valid & 0x1FF) == P9.SETATTR_CTIME) {
            error = (int) work.calls.chown(node.fd, -1, -1);
        }
        return error;
    }

    private static boolean has(int valid, int any) {
        return (valid & any) != 0;
    }

    private static long nanos(boolean changes, boolean given, long nanos) {
        return !changes ? TreeCalls.UTIME_OMIT : given ? nanos : TreeCalls.UTIME_NOW;
    }

    private static int resize(Work work, Fid fid, long size) {
        Node node = fid.node;
        if (node.isDirectory()) {
            return -Errno.EISDIR;
        }
        if (!node.isRegular() || node.seenType != TreeStatus.S_IFREG) {
            return -Errno.EINVAL;
        }
        if (fid.open >= 0 && fid.writable()) {
            return (int) work.calls.resize(fid.open, size);
        }
        return (int) work.calls.truncate(node.fd, size);
    }

    /** Tstatfs: fid[4]. */
    static int statfs(Work work) {
        Fid fid = work.use(work.in.int32());
        if (work.in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        TreeSpace space = work.space;
        int error = (int) work.calls.space(fid.node.fd, space);
        if (error < 0) {
            return error;
        }
        Answer out = work.out;
        out.int32(P9.MAGIC);
        out.int32(space.blockSize());
        out.int64(space.blocks());
        out.int64(space.free());
        out.int64(space.available());
        out.int64(space.files());
        out.int64(space.freeFiles());
        out.int64(space.id());
        out.int32(Math.min(P9.NAME_MAX, space.nameLength()));
        return 0;
    }

    /** Treadlink: fid[4]. */
    static int readlink(Work work) {
        Fid fid = work.use(work.in.int32());
        if (work.in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        Node node = fid.node;
        if (node.seenType != TreeStatus.S_IFLNK) {
            return -Errno.EINVAL;
        }
        Answer out = work.out;
        int length = out.position();
        out.int16(0);
        int done = node.isLink() ? (int) work.calls.readlink(node.fd, out.address(), P9.PATH_MAX)
                : keptLink(work, node);
        if (done < 0) {
            return done;
        }
        out.patch16(length, done);
        out.skip(done);
        return 0;
    }

    /** A link that is kept as a plain file. */
    private static int keptLink(Work work, Node node) {
        int fd = (int) work.calls.reopen(node.fd, FileDescriptor.O_RDONLY | FileDescriptor.O_NONBLOCK);
        if (fd < 0) {
            return fd;
        }
        int done = (int) work.io.pread(fd, work.out.address(), P9.PATH_MAX, 0);
        work.calls.close(fd);
        return done;
    }
}
