package dev.jvmm.virtio.ninep.server;

/** How users, groups, modes and device files are kept. Calls answer with 0 or the negated errno. */
interface Owners {
    /** What a client is to see of a file whose status is in {@link Work#status}. */
    int see(Work work, int fd);

    /** The permission bits to make a file with that is to have these. */
    int fileMode(int mode);

    /** The same for a directory. */
    int directoryMode(int mode);

    /** Whether device files, pipes, sockets and symbolic links are such on the host. */
    boolean real();

    /** Whether what was just made, and has its status in {@link Work#status}, already is as it should be. */
    boolean settled(Work work, int mode, int user, int group);

    /**
     * Has what was just made be as it should.
     *
     * @param mode type and permission bits
     * @param device of a device file, packed
     */
    int settle(Work work, int fd, int mode, int user, int group, long device);

    /** Gives a file to others; -1 leaves one as it is. */
    int chown(Work work, Node node, int user, int group);

    /** Sets a file's permission bits. */
    int chmod(Work work, Node node, int mode);

    /** Whether an attribute of this name is this server's own. */
    boolean hides(byte[] name);

    /** The name under which an attribute is kept. */
    byte[] kept(byte[] name);

    /** The name under which a client sees one that is kept; of no bytes where it does not. */
    byte[] shown(byte[] kept);
}
