package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.linux.TreeStatus;

/**
 * Opening and making files. Only regular files and directories are opened: a device file of a client's making would be the host's device.
 */
final class Opening {
    /** Flags of 9P2000.L that count, which have the values of x86-64; direct I/O does not, as buffers lie anywhere. */
    private static final int ALLOWED = Fid.ACCESS | TreeCalls.O_TRUNC | TreeCalls.O_APPEND | TreeCalls.O_DSYNC
            | TreeCalls.O_SYNC | LocalFile.O_DIRECTORY;

    private static final int ALWAYS = TreeCalls.O_NOCTTY | FileDescriptor.O_NONBLOCK;

    private Opening() {}

    /** 0 or the negated errno for flags that were asked for. */
    private static int check(Work work, int flags) {
        if ((flags & Fid.ACCESS) == Fid.ACCESS) {
            return -Errno.EINVAL;
        }
        boolean writes = (flags & Fid.ACCESS) != FileDescriptor.O_RDONLY || (flags & TreeCalls.O_TRUNC) != 0;
        return writes && work.share.config().readOnly() ? -Errno.EROFS : 0;
    }

    /** 0 or the negated errno for a file that is to be opened. */
    private static int check(Node node) {
        int seen = node.seenType;
        if (node.isLink() || seen == TreeStatus.S_IFLNK) {
            return -Errno.ELOOP;
        }
        boolean opens = (node.isDirectory() || node.isRegular()) && (seen == TreeStatus.S_IFREG
                || seen == TreeStatus.S_IFDIR);
        return opens ? 0 : -Errno.ENXIO;
    }

    /** Tlopen: fid[4] flags[4]. */
    static int open(Work work) {
        Fid fid = work.use(work.in.int32());
        int flags = work.in.int32() & ALLOWED;
        if (work.in.broken()) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        int error = check(work, flags);
        if (error == 0) {
            error = open(work, fid, flags);
        }
        if (error < 0) {
            return error;
        }
        return reply(work, fid);
    }

    private static int reply(Work work, Fid fid) {
        work.out.qid(fid.node.qid);
        work.out.int32(work.client.unit(ShareConfig.LEAST_MSIZE));
        return 0;
    }

    static int open(Work work, Fid fid, int flags) {
        synchronized (fid) {
            if (fid.open >= 0 || fid.attribute != null) {
                return -Errno.EINVAL;
            }
            int error = check(fid.node);
            if (error < 0) {
                return error;
            }
            if (!work.client.takeOpenFile()) {
                return -Errno.EMFILE;
            }
            int fd = (int) work.calls.reopen(fid.node.fd, flags | ALWAYS);
            if (fd < 0) {
                work.client.giveOpenFiles(1);
                return fd;
            }
            fid.flags = flags;
            fid.open = fd;
            return 0;
        }
    }

    /** Tlcreate: fid[4] name[s] flags[4] mode[4] gid[4]. The directory's fid becomes the new file's. */
    static int create(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int name = in.string();
        int asked = in.int32();
        int mode = in.int32();
        int group = in.int32();
        if (!in.complete()) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        int flags = asked & ALLOWED;
        int error = Math.min(in.checkName(name), check(work, flags));
        if (error < 0) {
            return error;
        }
        synchronized (fid) {
            if (fid.open >= 0 || fid.attribute != null) {
                return -Errno.EINVAL;
            }
            if (!work.client.takeOpenFile()) {
                return -Errno.EMFILE;
            }
            error = create(work, fid, in.address(name), flags, mode & 07777, group);
            if (error == -Errno.EEXIST && (asked & LocalFile.O_EXCL) == 0) {
                error = existing(work, fid, in.address(name), flags);
            }
            if (error < 0) {
                work.client.giveOpenFiles(1);
                return error;
            }
        }
        return reply(work, fid);
    }

    private static int create(Work work, Fid fid, long name, int flags, int mode, int group) {
        Node directory = fid.node;
        Owners owners = work.share.owners();
        int all = flags & ~(TreeCalls.O_TRUNC | LocalFile.O_DIRECTORY) | ALWAYS;
        int fd = (int) work.calls.create(directory.fd, name, all, owners.fileMode(mode));
        if (fd < 0) {
            return fd;
        }
        int type = TreeStatus.S_IFREG | mode;
        int error = (int) work.calls.status(fd, work.status);
        if (error >= 0 && !owners.settled(work, type, fid.user, group)) {
            error = owners.settle(work, fd, type, fid.user, group, 0);
        }
        if (error < 0) {
            work.calls.close(fd);
            work.calls.unlink(directory.fd, name, 0);
            return error;
        }
        fid.becomes(new Node(fd, work.status, type, work.share.qids().qid(work.status, type)), flags);
        return 0;
    }

    /** Somebody else made it meanwhile, and the client takes that as well. */
    private static int existing(Work work, Fid fid, long name, int flags) {
        Node found = Walks.named(work, fid.node, name);
        if (found == null) {
            return work.error;
        }
        int fd = check(found);
        if (fd == 0) {
            fd = (int) work.calls.reopen(found.fd, flags | ALWAYS);
        }
        if (fd < 0) {
            Fid.drop(found, work.calls);
            return fd;
        }
        fid.becomes(found, flags, fd);
        return 0;
    }
}
