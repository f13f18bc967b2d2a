package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.TreeStatus;

/**
 * A file that fids stand for, held by a descriptor: whatever becomes of its names, this is the file. Fids that were walked from each
 * other without a name share one. The last of them closes it.
 */
final class Node {
    final int fd;

    /** Its type on the host: {@code S_IFMT} bits. */
    final int type;

    /** Permission bits and type as the client sees them; the type stays. */
    final int seenType;

    final long device;
    final long inode;
    final Qid qid;

    /** Guarded by this. */
    private int holders = 1;

    /** Takes a descriptor over. */
    Node(int fd, TreeStatus status, int seenMode, Qid qid) {
        this.fd = fd;
        type = status.mode() & TreeStatus.S_IFMT;
        seenType = seenMode & TreeStatus.S_IFMT;
        device = status.device();
        inode = status.inode();
        this.qid = qid;
    }

    private Node(Qid qid, int seenType) {
        fd = -1;
        type = seenType;
        this.seenType = seenType;
        device = -1;
        inode = -1;
        this.qid = qid;
    }

    /**
     * A node of a file that is not to be found any more: calls on it end in {@code EBADF}, of which the client is told {@code ENOENT}.
     */
    static Node lost(Qid qid, int seenType) {
        return new Node(qid, seenType);
    }

    boolean isDirectory() {
        return type == TreeStatus.S_IFDIR;
    }

    boolean isRegular() {
        return type == TreeStatus.S_IFREG;
    }

    boolean isLink() {
        return type == TreeStatus.S_IFLNK;
    }

    synchronized Node hold() {
        holders++;
        return this;
    }

    /** True when nobody holds it any more: the caller closes the descriptor. */
    synchronized boolean drop() {
        return --holders == 0;
    }
}
