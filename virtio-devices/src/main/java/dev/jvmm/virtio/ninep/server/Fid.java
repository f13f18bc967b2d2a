package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.TreeCalls;

/**
 * A client's name for a file, or for an extended attribute's value. The table counts who uses it, and what it holds is closed by whoever
 * is last, so a descriptor is never closed under a call. Its monitor guards what opens it and where in a directory it is.
 */
final class Fid {
    final int number;

    /** Of the attach that it comes from; {@link P9#NONUNAME} when the client did not say. */
    final int user;

    /** Replaced only when a file is created, and then kept until the fid goes. */
    volatile Node node;

    /** Of the opened file, below 0 before. Set once. */
    volatile int open = -1;

    /** What it was opened with. */
    int flags;

    /** Where a directory's descriptor is: the cookie of the next entry. */
    long position;

    /** An attribute's value that is read or written; null otherwise. */
    volatile Attribute attribute;

    /** Of locks that were asked for through it; null where none were. Guarded by the locks. */
    LockHolder[] holders;

    /** The directory in which it created its file. */
    private Node retired;

    /** Guarded by the table. */
    int users;
    boolean gone;
    Fid next;

    Fid(int number, int user, Node node) {
        this.number = number;
        this.user = user;
        this.node = node;
    }

    /** Becomes the file that it created, whose descriptor serves as the node's, too. */
    void becomes(Node created, int openFlags) {
        becomes(created, openFlags, created.fd);
    }

    /** Becomes a file of its directory that was opened. */
    void becomes(Node other, int openFlags, int opened) {
        retired = node;
        node = other;
        flags = openFlags;
        open = opened;
    }

    boolean writable() {
        return (flags & ACCESS) != FileDescriptor.O_RDONLY;
    }

    boolean readable() {
        return (flags & ACCESS) != FileDescriptor.O_WRONLY;
    }

    static final int ACCESS = 3;

    /** Closes all; nobody uses it any more. Returns how many of the client's open files that gives back. */
    int close(TreeCalls calls) {
        int opened = open >= 0 ? 1 : 0;
        if (open >= 0 && open != node.fd) {
            calls.close(open);
        }
        drop(node, calls);
        if (retired != null) {
            drop(retired, calls);
        }
        return opened;
    }

    static void drop(Node node, TreeCalls calls) {
        if (node.drop() && node.fd >= 0) {
            calls.close(node.fd);
        }
    }
}
