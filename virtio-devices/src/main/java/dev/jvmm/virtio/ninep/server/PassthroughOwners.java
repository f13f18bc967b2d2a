package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.TreeStatus;

/** As the host has them. */
final class PassthroughOwners implements Owners {
    private static final int PERMISSIONS = 07777;
    private static final int ORDINARY = 0777;

    /** Whether this process may give files away. */
    private final boolean root;

    PassthroughOwners(boolean root) {
        this.root = root;
    }

    @Override
    public int see(Work work, int fd) {
        TreeStatus status = work.status;
        Seen seen = work.seen;
        seen.mode = status.mode();
        seen.user = status.user();
        seen.group = status.group();
        seen.device = Seen.device(status.deviceMajor(), status.deviceMinor());
        return 0;
    }

    /** Without set-user-id and such, which would serve this process's user until the file has its owner. */
    @Override
    public int fileMode(int mode) {
        return mode & ORDINARY;
    }

    @Override
    public int directoryMode(int mode) {
        return mode & ORDINARY;
    }

    @Override
    public boolean real() {
        return true;
    }

    @Override
    public boolean settled(Work work, int mode, int user, int group) {
        return !foreign(work, user, group) && !otherMode(work, mode);
    }

    private boolean foreign(Work work, int user, int group) {
        return root && (user != -1 && user != work.status.user() || group != -1 && group != work.status.group());
    }

    private static boolean otherMode(Work work, int mode) {
        return (mode & TreeStatus.S_IFMT) != TreeStatus.S_IFLNK
                && (mode & PERMISSIONS) != (work.status.mode() & PERMISSIONS);
    }

    /** A file system may know no owners: what was made stays all the same. */
    @Override
    public int settle(Work work, int fd, int mode, int user, int group, long device) {
        boolean given = foreign(work, user, group);
        if (given) {
            work.calls.chown(fd, user, group);
        }
        if (otherMode(work, mode) || given && (mode & PERMISSIONS & ~ORDINARY) != 0) {
            work.calls.chmod(fd, mode & PERMISSIONS);
        }
        return 0;
    }

    @Override
    public int chown(Work work, Node node, int user, int group) {
        return (int) work.calls.chown(node.fd, user, group);
    }

    @Override
    public int chmod(Work work, Node node, int mode) {
        return (int) work.calls.chmod(node.fd, mode & PERMISSIONS);
    }

    @Override
    public boolean hides(byte[] name) {
        return false;
    }

    @Override
    public byte[] kept(byte[] name) {
        return name;
    }

    @Override
    public byte[] shown(byte[] kept) {
        return kept;
    }
}
