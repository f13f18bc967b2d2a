package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.linux.TreeStatus;
import java.nio.ByteBuffer;

/**
 * Where a file is below the share's root now: its directory, opened, and its name. Found by the kernel's own path of the file, which
 * is then resolved below the root again, so that what comes out is below the root, whoever renames what meanwhile. One thread at a time.
 */
final class Place {
    private final ByteBuffer root = NativeBuffers.allocate(P9.PATH_MAX + 1);
    private final ByteBuffer path = NativeBuffers.allocate(P9.PATH_MAX + 1);
    private final long rootAddress = NativeBuffers.address(root);
    private final long pathAddress = NativeBuffers.address(path);

    /** Of the path: where what is below the root begins, its last component, and its end. */
    private int below;
    private int last;
    private int end;

    /** The directory, open until {@link #close}. */
    private int directory = -1;

    Place() {
        root.put(0, (byte) '.');
    }

    /** Finds the path; 0 or the negated errno. The root itself has none. */
    private int locate(TreeCalls calls, Node top, Node node) {
        int prefix = (int) calls.path(top.fd, rootAddress, P9.PATH_MAX);
        end = (int) calls.path(node.fd, pathAddress, P9.PATH_MAX);
        if (prefix < 0 || end < 0) {
            return Math.min(prefix, end);
        }
        if (prefix == 1) {
            prefix = 0; // the root of all, whose path ends with the slash that is looked for
        }
        if (end >= P9.PATH_MAX || end <= prefix + 1 || path.get(prefix) != '/'
                || root.slice(0, prefix).mismatch(path.slice(0, prefix)) >= 0) {
            return -Errno.ENOENT;
        }
        below = prefix + 1;
        path.put(end, (byte) 0);
        last = end;
        while (path.get(last - 1) != '/') {
            last--;
        }
        return 0;
    }

    /**
     * Finds a file's directory and name, and that this name is that file's; 0 or the negated errno. {@link #close} follows in any case.
     */
    int find(TreeCalls calls, Node top, Node node, TreeStatus status) {
        int error = directoryOf(calls, top, node);
        if (error < 0) {
            return error;
        }
        int found = (int) calls.statusOf(directory, name(), status);
        if (found < 0) {
            return found;
        }
        return status.device() == node.device && status.inode() == node.inode ? 0 : -Errno.ENOENT;
    }

    /** Opens the directory that a file is in; 0 or the negated errno. */
    int directoryOf(TreeCalls calls, Node top, Node node) {
        directory = -1;
        int error = locate(calls, top, node);
        if (error < 0) {
            return error;
        }
        int flags = TreeCalls.O_PATH | LocalFile.O_DIRECTORY;
        if (last == below) {
            root.put(0, (byte) '.').put(1, (byte) 0);
            directory = (int) calls.openBeneath(top.fd, rootAddress, flags);
        } else {
            path.put(last - 1, (byte) 0);
            directory = (int) calls.openBeneath(top.fd, pathAddress + below, flags);
        }
        return Math.min(0, directory);
    }

    /** The directory that was found. */
    int directory() {
        return directory;
    }

    /** Gives the directory to the caller, who closes it. */
    int takeDirectory() {
        int taken = directory;
        directory = -1;
        return taken;
    }

    /** Where the name lies. */
    long name() {
        return pathAddress + last;
    }

    void close(TreeCalls calls) {
        if (directory >= 0) {
            calls.close(directory);
            directory = -1;
        }
    }

    /** A file's path below the root, as a saved client keeps it; null when it has none now. */
    byte[] relative(TreeCalls calls, Node top, Node node, TreeStatus status) {
        boolean named = find(calls, top, node, status) == 0;
        close(calls);
        if (!named) {
            return null;
        }
        byte[] bytes = new byte[end - below];
        path.get(below, bytes);
        if (last > below) {
            bytes[last - 1 - below] = '/'; // where the directory's path was ended
        }
        return bytes;
    }
}
