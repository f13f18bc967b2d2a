package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.TreeCalls;

/** How a client comes to its fids, and lets go of them. */
final class Walks {
    private static final int NAMED = TreeCalls.O_PATH | LocalFile.O_NOFOLLOW;

    private Walks() {}

    /** Tattach: fid[4] afid[4] uname[s] aname[s] n_uname[4]. A name leads to a directory below the share's root. */
    static int attach(Work work) {
        Fields in = work.in;
        int number = in.int32();
        int afid = in.int32();
        in.string();
        int name = in.string();
        int user = in.int32();
        if (!in.complete() || in.hasNul(name)) {
            return -Errno.EINVAL;
        }
        if (afid != P9.NOFID) {
            return -Errno.EOPNOTSUPP;
        }
        Node node = top(work, name);
        if (node == null) {
            return work.error;
        }
        work.out.qid(node.qid);
        return add(work, new Fid(number, user, node));
    }

    private static Node top(Work work, int name) {
        Fields in = work.in;
        int slashes = 0;
        while (slashes < in.length(name) && in.charAt(name, slashes) == '/') {
            slashes++;
        }
        Node root = work.share.root();
        if (slashes == in.length(name)) {
            return root.hold();
        }
        long path = in.address(name) + slashes;
        return node(work, work.calls.openBeneath(root.fd, path, TreeCalls.O_PATH | LocalFile.O_DIRECTORY));
    }

    private static int add(Work work, Fid fid) {
        int error = work.client.fids().add(fid);
        if (error < 0) {
            work.client.close(fid, work);
        }
        return error;
    }

    /** A node of a descriptor that was just opened; null with {@link Work#error}. */
    static Node node(Work work, long opened) {
        if (opened < 0) {
            work.error = (int) opened;
            return null;
        }
        int fd = (int) opened;
        int error = (int) work.calls.status(fd, work.status);
        if (error >= 0) {
            error = work.share.owners().see(work, fd);
        }
        if (error < 0) {
            work.calls.close(fd);
            work.error = error;
            return null;
        }
        int mode = work.seen.mode;
        return new Node(fd, work.status, mode, work.share.qids().qid(work.status, mode));
    }

    /** Opens a name of a directory; null with {@link Work#error}. */
    static Node named(Work work, Node directory, long name) {
        return node(work, work.calls.openBeneath(directory.fd, name, NAMED));
    }

    /** Twalk: fid[4] newfid[4] nwname[2] nwname*(wname[s]). */
    static int walk(Work work) {
        Fields in = work.in;
        Fid from = work.use(in.int32());
        int number = in.int32();
        int names = in.int16();
        if (names > P9.MOST_NAMES) {
            return -Errno.EINVAL;
        }
        for (int i = 0; i < names; i++) {
            in.string();
        }
        if (!in.complete()) {
            return -Errno.EINVAL;
        }
        if (from == null) {
            return -Errno.EBADF;
        }
        if (from.attribute != null || number != from.number && work.client.fids().has(number)) {
            return -Errno.EINVAL;
        }
        Node start = from.node;
        int count = work.out.position();
        work.out.int16(names);
        Node reached = start.hold();
        for (int i = 0; i < names; i++) {
            Node next = step(work, reached, i);
            Fid.drop(reached, work.calls);
            if (next == null) {
                work.out.patch16(count, i);
                return i == 0 ? work.error : 0; // as far as it went, and no new fid
            }
            work.out.qid(next.qid);
            reached = next;
        }
        Fid fid = new Fid(number, from.user, reached);
        return number == from.number ? replace(work, from, fid) : add(work, fid);
    }

    private static int replace(Work work, Fid old, Fid fid) {
        if (!work.client.fids().replace(old, fid)) {
            work.client.close(fid, work);
            return -Errno.EBADF;
        }
        return 0;
    }

    private static Node step(Work work, Node from, int name) {
        if (work.in.isParent(name)) {
            return parent(work, from);
        }
        int error = work.in.checkName(name);
        if (error < 0) {
            work.error = error == -Errno.EINVAL ? -Errno.ENOENT : error;
            return null;
        }
        return named(work, from, work.in.address(name));
    }

    /** Of the root it is the root itself. */
    private static Node parent(Work work, Node from) {
        Node root = work.share.root();
        if (!from.isDirectory()) {
            work.error = -Errno.ENOTDIR;
            return null;
        }
        if (from.inode == root.inode && from.device == root.device) {
            return root.hold();
        }
        int error = work.place.directoryOf(work.calls, root, from);
        return node(work, error < 0 ? error : work.place.takeDirectory());
    }

    /** Tclunk: fid[4]. The fid is gone whatever the answer says. */
    static int clunk(Work work) {
        Fid fid = work.use(work.in.int32());
        if (work.in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null || !work.client.fids().remove(fid)) {
            return -Errno.EBADF;
        }
        Attribute attribute = fid.attribute;
        return attribute == null ? 0 : attribute.store(work, fid.node);
    }
}
