package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.linux.TreeStatus;
import java.nio.ByteBuffer;

/**
 * An opened directory, for any number of clients, which can reach what is below it and nothing else: every name is resolved one component
 * at a time from directories that are open, and symbolic links are the client's to follow. Any thread.
 */
public final class Share implements AutoCloseable {
    private final ShareConfig config;
    private final FileDescriptor directory;
    private final Qids qids = new Qids();
    private final Owners owners;
    private final Node root;

    private Share(ShareConfig config, FileDescriptor directory) {
        this.config = config;
        this.directory = directory;
        owners = config.ids() == Ownership.MAPPED ? new MappedOwners()
                : new PassthroughOwners(LocalFile.ownUser() == 0);
        TreeCalls calls = new TreeCalls();
        TreeStatus status = new TreeStatus();
        SystemCallException.check("statx", calls.status(directory.number(), status));
        // files below are looked up in the order in which their file systems are seen: the share's own is the first
        root = new Node(directory.number(), status, status.mode(), qids.qid(status, status.mode()));
        checkBeneath(calls);
    }

    /**
     * Opens a directory.
     *
     * @throws ShareException when it can not be shared: why, and what to do
     */
    public static Share open(ShareConfig config) {
        String path = config.path().toString();
        FileDescriptor directory;
        try {
            directory = FileDescriptor.open(path, TreeCalls.O_PATH | LocalFile.O_DIRECTORY);
        } catch (SystemCallException e) {
            throw new ShareException("The directory " + path + " can not be shared: " + reason(e.errno()));
        }
        try {
            return new Share(config, directory);
        } catch (SystemCallException e) {
            directory.close();
            throw new ShareException("The directory " + path + " can not be shared: " + e.getMessage());
        } catch (ShareException e) {
            directory.close();
            throw e;
        }
    }

    private static String reason(int errno) {
        switch (errno) {
            case Errno.ENOENT :
                return "there is none. Make it first, or look for a typing error.";
            case Errno.ENOTDIR :
                return "it is a file. Share the directory that it is in.";
            case Errno.EACCES :
                return "this user may not enter it. Change its permissions, or run as its owner.";
            default :
                return Errno.describe(errno);
        }
    }

    /** Without openat2(2) nothing would keep a client below the directory. */
    private void checkBeneath(TreeCalls calls) {
        ByteBuffer here = FileName.of(".");
        long fd = calls.openBeneath(root.fd, FileName.address(here), TreeCalls.O_PATH | LocalFile.O_DIRECTORY);
        if (fd < 0) {
            throw new ShareException("The directory " + config.path() + " can not be shared: openat2(2) gives "
                    + Errno.describe((int) -fd)
                    + ". It takes Linux 5.6 or later, and no filter on system calls that leaves it out.");
        }
        calls.close((int) fd);
    }

    /** What it is. */
    public ShareConfig config() {
        return config;
    }

    /** A client that has said nothing yet. */
    public Client connect() {
        return new Client(this);
    }

    Node root() {
        return root;
    }

    Qids qids() {
        return qids;
    }

    Owners owners() {
        return owners;
    }

    /** Closes the directory, behind all clients. */
    @Override
    public void close() {
        directory.close();
    }
}
