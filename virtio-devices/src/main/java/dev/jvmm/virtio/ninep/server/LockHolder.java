package dev.jvmm.virtio.ninep.server;

/**
 * The locks of one of a client's processes on one file: an opening of the file of their own, to which they belong. So the process may
 * have the file open under several fids, as it may with a local file, and two processes exclude each other.
 */
final class LockHolder {
    /** What they are the locks of. */
    record Key(long device, long inode, int process, String host) {}

    final Key key;
    final int fd;

    /** Fids through which they were asked for. */
    int fids;

    LockHolder(Key key, int fd) {
        this.key = key;
        this.fd = fd;
    }
}
