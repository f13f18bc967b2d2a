package dev.jvmm.vsock;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SocketCalls;
import dev.jvmm.virtio.queue.DescriptorChain;

/**
 * A connection of bytes. They go from the guest's buffers straight into the host's socket and the other way round; only what a socket does
 * not take at once is kept. Guarded by the device's lock.
 */
final class StreamConnection extends Connection {
    /** The most bytes that the guest gets before others have their turn. */
    private static final int BURST = 128 << 10;

    private final Stash stash;

    StreamConnection(Board board, int guestPort, int hostPort, int fd, int room, Opener opener) {
        super(board, guestPort, hostPort, fd, room, opener);
        stash = new Stash(room);
    }

    @Override
    int type() {
        return Packet.STREAM;
    }

    @Override
    void take(DescriptorChain chain, int length, int flags) {
        int done = 0;
        if (length > 0 && socket.writable && stash.count() == 0) {
            int count = chain.readableVectors(Packet.HEADER, length, board.vectors());
            long sent = board.calls().send(socket.fd(), board.vectorsAddress(), count, SocketCalls.MSG_DONTWAIT);
            if (sent < 0 && sent != -Errno.EAGAIN) {
                notTaken();
                return;
            }
            done = (int) Math.max(0, sent);
            socket.writable = done == length;
        }
        if (done < length) {
            stash.keep(chain, Packet.HEADER + done, length - done);
        }
        credit.forwarded(done);
    }

    @Override
    boolean flush() {
        while (socket.writable && stash.count() > 0) {
            int count = stash.vectors(stash.count(), board.vectors());
            long sent = board.calls().send(socket.fd(), board.vectorsAddress(), count, SocketCalls.MSG_DONTWAIT);
            if (sent == -Errno.EAGAIN) {
                socket.writable = false;
            } else if (sent < 0) {
                notTaken();
            } else {
                socket.writable = sent == stash.count();
                stash.drop((int) sent);
                credit.forwarded((int) sent);
            }
        }
        return stash.count() == 0;
    }

    @Override
    boolean keeps() {
        return stash.count() > 0;
    }

    @Override
    boolean mayPull() {
        return socket.readable && credit.forGuest() > 0;
    }

    @Override
    void pull(GuestBuffers buffers) {
        int count = buffers.vectors(Math.min(BURST, credit.forGuest()));
        long got = board.calls().receive(socket.fd(), buffers.vectorsAddress(), count, SocketCalls.MSG_DONTWAIT);
        if (got > 0) {
            credit.sent((int) got);
            socket.wasRead(got == buffers.named(count));
            buffers.data(this, (int) got, 0);
        } else if (got == 0) {
            atEnd();
        } else if (got == -Errno.EAGAIN) {
            socket.readable = false;
        } else {
            broken();
        }
    }

    @Override
    void free() {
        stash.close();
    }
}
