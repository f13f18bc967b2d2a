package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.TreeCalls;

/** Names that change or go. What they stood for is still there for the fids that have it. */
final class Renaming {
    private Renaming() {}

    /** Trename: fid[4] dfid[4] name[s]. */
    static int rename(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        Fid directory = work.use(in.int32());
        int name = in.string();
        if (!in.complete()) {
            return -Errno.EINVAL;
        }
        if (fid == null || directory == null) {
            return -Errno.EBADF;
        }
        int error = in.checkName(name);
        if (error < 0) {
            return error;
        }
        Place place = work.place;
        error = place.find(work.calls, work.share.root(), fid.node, work.status);
        if (error == 0) {
            error = (int) work.calls.rename(place.directory(), place.name(), directory.node.fd, in.address(name));
        }
        place.close(work.calls);
        return error;
    }

    /** Trenameat: olddirfid[4] oldname[s] newdirfid[4] newname[s]. */
    static int renameat(Work work) {
        Fields in = work.in;
        Fid from = work.use(in.int32());
        int oldName = in.string();
        Fid to = work.use(in.int32());
        int newName = in.string();
        if (!in.complete()) {
            return -Errno.EINVAL;
        }
        if (from == null || to == null) {
            return -Errno.EBADF;
        }
        int error = Math.min(in.checkName(oldName), in.checkName(newName));
        return error < 0 ? error
                : (int) work.calls.rename(from.node.fd, in.address(oldName), to.node.fd, in.address(newName));
    }

    /** Tunlinkat: dirfd[4] name[s] flags[4]. */
    static int unlinkat(Work work) {
        Fields in = work.in;
        Fid directory = work.use(in.int32());
        int name = in.string();
        int flags = in.int32();
        if (!in.complete() || (flags & ~TreeCalls.AT_REMOVEDIR) != 0) {
            return -Errno.EINVAL;
        }
        if (directory == null) {
            return -Errno.EBADF;
        }
        int error = in.checkName(name);
        return error < 0 ? error : (int) work.calls.unlink(directory.node.fd, in.address(name), flags);
    }

    /** Tremove: fid[4]. The fid is gone whatever the answer says. */
    static int remove(Work work) {
        Fid fid = work.use(work.in.int32());
        if (work.in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null || !work.client.fids().remove(fid)) {
            return -Errno.EBADF;
        }
        if (work.share.config().readOnly()) {
            return -Errno.EROFS;
        }
        Place place = work.place;
        int error = place.find(work.calls, work.share.root(), fid.node, work.status);
        if (error == 0) {
            int flags = fid.node.isDirectory() ? TreeCalls.AT_REMOVEDIR : 0;
            error = (int) work.calls.unlink(place.directory(), place.name(), flags);
        }
        place.close(work.calls);
        return error;
    }
}
