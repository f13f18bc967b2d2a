package dev.jvmm.vsock;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SocketCalls;
import java.nio.charset.StandardCharsets;

/**
 * A program that has connected to the device's socket and says which port of the guest's it wants: {@code CONNECT 1024}, a line. It hears
 * {@code OK 1073741824}, the host's port, or its connection is closed. What follows the line is for the guest. Guarded by the
 * device's lock.
 */
final class Greeting implements Polled, Opener {
    /** A line is shorter. */
    private static final int MOST = 32;

    private static final byte[] WORD = "CONNECT ".getBytes(StandardCharsets.US_ASCII);
    private static final long MOST_PORT = 0xFFFF_FFFFL;
    private static final long BAD = -1;

    private final Board board;
    private final HostDoors doors;
    private final int fd;
    private int slot = -1;
    private boolean settled;

    Greeting(Board board, HostDoors doors, int fd) {
        this.board = board;
        this.doors = doors;
        this.fd = fd;
    }

    void watch() {
        slot = board.reactor().add(fd, this);
        if (slot < 0) {
            close();
        }
    }

    @Override
    public void ready(int events) {
        if ((events & (Epoll.IN | Epoll.RDHUP | Epoll.HUP | Epoll.ERR)) == 0) {
            return;
        }
        long there = receive(MOST, SocketCalls.MSG_PEEK);
        if (there == -Errno.EAGAIN) {
            return;
        }
        int end = lineEnd((int) there);
        if (end >= 0) {
            receive(end + 1, 0);
            long port = port(end);
            if (port == BAD) {
                close();
            } else {
                settle();
                board.ask(Packet.STREAM, (int) port, fd, this, Board.ASK_NANOS);
            }
        } else if (there <= 0 || there == MOST || (events & (Epoll.RDHUP | Epoll.HUP | Epoll.ERR)) != 0) {
            close();
        }
    }

    /** Where the line ends among so many bytes; -1 when it does not. */
    private int lineEnd(int there) {
        for (int i = 0; i < there; i++) {
            if (board.scratch().get(i) == '\n') {
                return i;
            }
        }
        return -1;
    }

    private long receive(int length, int flags) {
        board.vectors().putLong(0, board.scratchAddress()).putLong(Long.BYTES, length);
        return board.calls().receive(fd, board.vectorsAddress(), 1, SocketCalls.MSG_DONTWAIT | flags);
    }

    /** The port in the line's bytes, which are so many without its end. */
    private long port(int length) {
        int end = length > 0 && board.scratch().get(length - 1) == '\r' ? length - 1 : length;
        if (end <= WORD.length) {
            return BAD;
        }
        for (int i = 0; i < WORD.length; i++) {
            int c = board.scratch().get(i);
            if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != WORD[i]) {
                return BAD;
            }
        }
        long port = 0;
        for (int i = WORD.length; i < end; i++) {
            int digit = board.scratch().get(i) - '0';
            if (digit < 0 || digit > 9) {
                return BAD;
            }
            port = port * 10 + digit;
            if (port > MOST_PORT) {
                return BAD;
            }
        }
        return port;
    }

    @Override
    public void opened(int socket, int hostPort) {
        byte[] line = ("OK " + hostPort + "\n").getBytes(StandardCharsets.US_ASCII);
        board.scratch().put(0, line);
        board.vectors().putLong(0, board.scratchAddress()).putLong(Long.BYTES, line.length);
        // a program that is gone already may have left something for the guest all the same
        board.calls().send(socket, board.vectorsAddress(), 1, SocketCalls.MSG_DONTWAIT);
    }

    @Override
    public void refused(String why) {}

    private void settle() {
        settled = true;
        if (slot >= 0) {
            board.reactor().release(slot, fd);
        }
        doors.settled(this);
    }

    void close() {
        if (!settled) {
            settled = true;
            if (slot >= 0) {
                board.reactor().remove(slot);
            }
            board.calls().close(fd);
            doors.settled(this);
        }
    }
}
