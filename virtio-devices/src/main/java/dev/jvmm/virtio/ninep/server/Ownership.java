package dev.jvmm.virtio.ninep.server;

/** How a client's users, groups, modes and device files are kept in the shared directory. */
public enum Ownership {
    /**
     * As they are: what a client makes belongs to its user on the host, too, where this process is root; otherwise everything belongs to
     * this process's user, and a client can not change that.
     */
    PASSTHROUGH,
    /**
     * In extended attributes {@code user.virtfs.*}, as QEMU's {@code security_model=mapped-xattr} keeps them: files belong to this
     * process's user, device files and symbolic links are plain files, and a client sees what the attributes say.
     */
    MAPPED
}
