package dev.jvmm.vsock;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.SocketCalls;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.nio.ByteBuffer;

/**
 * A connection of messages, each of which is one of the host's socket, too. A message of the guest's may come in several packets, and goes
 * on when it is whole; one of the host's is read whole and goes as the guest has room. Guarded by the device's lock.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.10.6.6.1
 */
final class MessageConnection extends Connection {
    /** The longest message, either way: more than this a Unix socket does not take by default. */
    static final int MOST = 128 << 10;

    /** Messages of the guest's that may wait for the host; empty ones take no credit. */
    private static final int MOST_WAITING = 1024;

    private final Stash stash;
    private final int[] lengths = new int[MOST_WAITING];
    private int firstLength;
    private int waiting;

    /** Bytes at the stash's end that are of no whole message. */
    private int partial;

    /** A message of the host's; null while there never was one. */
    private Mapping mapping;

    private ByteBuffer message;
    private boolean staged;
    private int stagedLength;
    private int stagedAt;

    MessageConnection(Board board, int guestPort, int hostPort, int fd, int room, Opener opener) {
        super(board, guestPort, hostPort, fd, room, opener);
        stash = new Stash(room);
        board.calls().sendBuffer(socket.fd(), MOST);
    }

    @Override
    int type() {
        return Packet.SEQPACKET;
    }

    @Override
    void take(DescriptorChain chain, int length, int flags) {
        boolean last = (flags & Packet.END_OF_MESSAGE) != 0;
        if (last && socket.writable && waiting == 0 && partial == 0) {
            int count = chain.readableVectors(Packet.HEADER, length, board.vectors());
            if (sent(board.calls().send(socket.fd(), board.vectorsAddress(), count, SocketCalls.MSG_DONTWAIT),
                    length)) {
                return;
            }
        }
        if (!socket.isOpen() || !hostReceives) {
            return;
        }
        stash.keep(chain, Packet.HEADER, length);
        partial += length;
        if (!last) {
            return;
        }
        if (waiting == MOST_WAITING) {
            broken();
            return;
        }
        lengths[firstLength + waiting++ & MOST_WAITING - 1] = partial;
        partial = 0;
        flush();
    }

    /** What came of an attempt to send a message; returns whether it is gone. */
    private boolean sent(long result, int length) {
        if (result >= 0) {
            credit.forwarded(length);
            return true;
        }
        if (result == -Errno.EAGAIN) {
            socket.writable = false;
        } else if (result == -Errno.EMSGSIZE) {
            broken();
        } else {
            notTaken();
        }
        return false;
    }

    @Override
    boolean flush() {
        while (socket.writable && waiting > 0 && socket.isOpen()) {
            int length = lengths[firstLength];
            int count = length == 0 ? 0 : stash.vectors(length, board.vectors());
            if (!sent(board.calls().send(socket.fd(), board.vectorsAddress(), count, SocketCalls.MSG_DONTWAIT),
                    length)) {
                break;
            }
            stash.drop(length);
            firstLength = firstLength + 1 & MOST_WAITING - 1;
            waiting--;
        }
        return waiting == 0;
    }

    @Override
    boolean keeps() {
        return waiting > 0;
    }

    @Override
    boolean mayPull() {
        return (staged || socket.readable) && credit.forGuest() > 0;
    }

    @Override
    void pull(GuestBuffers buffers) {
        if (!staged && !receive()) {
            return;
        }
        int most = (int) Math.min(stagedLength - stagedAt, credit.forGuest());
        int done = buffers.copy(message, stagedAt, most);
        stagedAt += done;
        staged = stagedAt < stagedLength;
        credit.sent(done);
        buffers.data(this, done, staged ? 0 : Packet.END_OF_MESSAGE);
    }

    /** Reads a message of the host's; returns whether there was one. */
    private boolean receive() {
        if (mapping == null) {
            mapping = Mapping.anonymous(MOST, 0);
            message = mapping.view(0, MOST);
        }
        board.vectors().putLong(0, mapping.address()).putLong(Long.BYTES, MOST);
        long got = board.calls().receive(socket.fd(), board.vectorsAddress(), 1,
                SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_TRUNC);
        if (got == -Errno.EAGAIN) {
            socket.readable = false;
            return false;
        }
        if (got < 0 || got > MOST || got > credit.guestRoom()) {
            broken();
            return false;
        }
        if (got == 0 && socket.hasEnded()) {
            atEnd();
            return false;
        }
        stagedLength = (int) got;
        stagedAt = 0;
        staged = true;
        return true;
    }

    @Override
    void free() {
        stash.close();
        waiting = 0;
        partial = 0;
        staged = false;
        if (mapping != null) {
            mapping.close();
            mapping = null;
        }
    }
}
