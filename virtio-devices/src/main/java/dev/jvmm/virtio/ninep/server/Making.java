package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.linux.TreeStatus;

/** New names in directories: of directories, symbolic links, special files, and of files that have one already. */
final class Making {
    private static final int PERMISSIONS = 07777;
    private static final int ORDINARY = 0777;

    private Making() {}

    /** Tmkdir: dfid[4] name[s] mode[4] gid[4]. */
    static int mkdir(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int name = in.string();
        int mode = in.int32() & PERMISSIONS;
        int group = in.int32();
        int error = check(work, fid, name);
        if (error == 0) {
            error = (int) work.calls.mkdir(fid.node.fd, in.address(name), work.share.owners().directoryMode(mode));
        }
        return error < 0 ? error : settle(work, fid, in.address(name), TreeStatus.S_IFDIR | mode, group, 0);
    }

    private static int check(Work work, Fid fid, int name) {
        if (!work.in.complete()) {
            return -Errno.EINVAL;
        }
        return fid == null ? -Errno.EBADF : work.in.checkName(name);
    }

    /** Gives what was just made its owner and mode, and puts its qid. */
    private static int settle(Work work, Fid fid, long name, int mode, int group, long device) {
        Node directory = fid.node;
        Owners owners = work.share.owners();
        int error = (int) work.calls.statusOf(directory.fd, name, work.status);
        if (error == 0 && !owners.settled(work, mode, fid.user, group)) {
            error = settle(work, directory, name, mode, fid.user, group, device);
        }
        if (error < 0) {
            boolean folder = (mode & TreeStatus.S_IFMT) == TreeStatus.S_IFDIR;
            work.calls.unlink(directory.fd, name, folder ? TreeCalls.AT_REMOVEDIR : 0);
            return error;
        }
        work.out.qid(work.share.qids().qid(work.status, mode));
        return 0;
    }

    /** On a descriptor of its own, as the name may be something else's by now; then that is left alone. */
    private static int settle(Work work, Node directory, long name, int mode, int user, int group, long device) {
        int fd = (int) work.calls.openBeneath(directory.fd, name, TreeCalls.O_PATH | LocalFile.O_NOFOLLOW);
        if (fd < 0) {
            return fd;
        }
        int error = (int) work.calls.status(fd, work.status);
        if (error == 0 && (work.status.mode() & TreeStatus.S_IFMT) == kept(work, mode)) {
            error = work.share.owners().settle(work, fd, mode, user, group, device);
        }
        work.calls.close(fd);
        return error;
    }

    /** The type that a file has on the host. */
    private static int kept(Work work, int mode) {
        int type = mode & TreeStatus.S_IFMT;
        return work.share.owners().real() || type == TreeStatus.S_IFDIR ? type : TreeStatus.S_IFREG;
    }

    /** Tsymlink: fid[4] name[s] symtgt[s] gid[4]. The target is for the client to follow, and may say anything. */
    static int symlink(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int name = in.string();
        int target = in.string();
        int group = in.int32();
        if (in.length(target) == 0 || in.length(target) >= P9.PATH_MAX || in.hasNul(target)) {
            return in.length(target) == 0 ? -Errno.ENOENT
                    : in.hasNul(target) ? -Errno.EINVAL : -Errno.ENAMETOOLONG;
        }
        int error = check(work, fid, name);
        if (error == 0) {
            error = work.share.owners().real()
                    ? (int) work.calls.symlink(in.address(target), fid.node.fd, in.address(name))
                    : keep(work, fid.node, in.address(name), target);
        }
        return error < 0 ? error
                : settle(work, fid, in.address(name), TreeStatus.S_IFLNK | ORDINARY, group, 0);
    }

    /** A link as a plain file. */
    private static int keep(Work work, Node directory, long name, int target) {
        int fd = (int) work.calls.create(directory.fd, name, FileDescriptor.O_WRONLY,
                work.share.owners().fileMode(ORDINARY));
        if (fd < 0) {
            return fd;
        }
        int length = work.in.length(target);
        int done = (int) work.io.pwrite(fd, work.in.address(target), length, 0);
        work.calls.close(fd);
        if (done == length) {
            return 0;
        }
        work.calls.unlink(directory.fd, name, 0);
        return done < 0 ? done : -Errno.ENOSPC;
    }

    /** Tmknod: dfid[4] name[s] mode[4] major[4] minor[4] gid[4]. */
    static int mknod(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int name = in.string();
        int mode = in.int32();
        int major = in.int32();
        int minor = in.int32();
        int group = in.int32();
        int error = check(work, fid, name);
        if (error < 0) {
            return error;
        }
        int type = mode & TreeStatus.S_IFMT;
        if (type == 0) {
            type = TreeStatus.S_IFREG;
        }
        if (type == TreeStatus.S_IFDIR || type == TreeStatus.S_IFLNK) {
            return -Errno.EINVAL;
        }
        int wanted = type | mode & PERMISSIONS;
        int made = kept(work, wanted) | work.share.owners().fileMode(mode);
        error = (int) work.calls.mknod(fid.node.fd, in.address(name), made, major, minor);
        boolean device = type == TreeStatus.S_IFCHR || type == TreeStatus.S_IFBLK;
        return error < 0 ? error
                : settle(work, fid, in.address(name), wanted, group, device ? Seen.device(major, minor) : 0);
    }

    /** Tlink: dfid[4] fid[4] name[s]. */
    static int link(Work work) {
        Fields in = work.in;
        Fid directory = work.use(in.int32());
        Fid fid = work.use(in.int32());
        int name = in.string();
        int error = check(work, directory, name);
        if (error < 0) {
            return error;
        }
        return fid == null ? -Errno.EBADF : (int) work.calls.link(fid.node.fd, directory.node.fd, in.address(name));
    }
}
