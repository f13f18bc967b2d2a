package dev.jvmm.vsock;

import dev.jvmm.linux.Epoll;

/** A connection's Unix socket, and what it was said to be ready for, until it turned out not to be. Guarded by the device's lock. */
final class HostSocket {
    private final Board board;

    /** Its number, -1 once it is closed; and its slot in the reactor. */
    private int fd;

    private int slot = -1;
    boolean readable;
    boolean writable = true;

    /** The peer has ended its sending, or everything: a read finds the end. */
    private boolean ended;

    private boolean hungUp;

    HostSocket(Board board, int fd) {
        this.board = board;
        this.fd = fd;
    }

    int fd() {
        return fd;
    }

    boolean isOpen() {
        return fd >= 0;
    }

    /** Begins to tell of it; returns false when that is not possible. */
    boolean watch(Polled owner) {
        slot = board.reactor().add(fd, owner);
        return slot >= 0;
    }

    /** Takes down what it is ready for; returns whether it may be written to again. */
    boolean note(int events) {
        ended |= (events & (Epoll.RDHUP | Epoll.HUP | Epoll.ERR)) != 0;
        hungUp |= (events & (Epoll.HUP | Epoll.ERR)) != 0;
        readable |= ended || (events & Epoll.IN) != 0;
        boolean again = (events & (Epoll.OUT | Epoll.HUP | Epoll.ERR)) != 0;
        writable |= again;
        return again;
    }

    /** After a read: whether there may be more can not be told when all that was asked for has come, or the end is near. */
    void wasRead(boolean all) {
        readable = all || ended;
    }

    /** Whether the peer is known to send no more, though what it sent may not have been read. */
    boolean hasEnded() {
        return ended;
    }

    /** Whether the peer is gone, or neither side sends any more. */
    boolean isHungUp() {
        return hungUp;
    }

    /** {@code SocketCalls.SHUT_RD} or {@code SHUT_WR}, if it is open. */
    void shutdown(int how) {
        if (fd >= 0) {
            board.calls().shutdown(fd, how);
        }
    }

    void close() {
        if (fd >= 0) {
            if (slot >= 0) {
                board.reactor().remove(slot);
            }
            board.calls().close(fd);
            fd = -1;
        }
    }
}
