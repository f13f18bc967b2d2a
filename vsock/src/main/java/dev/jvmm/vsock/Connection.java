package dev.jvmm.vsock;

import dev.jvmm.linux.SocketCalls;
import dev.jvmm.virtio.queue.DescriptorChain;

/**
 * A connection between a port of the guest's and a socket of the host's: the state machine that the package's documentation draws. Guarded
 * by the device's lock.
 *
 * <p>Both directions end by themselves. What each side has said so far is in four flags; {@link State} is about the whole.
 */
abstract class Connection implements Polled {
    /** See the package's documentation. */
    enum State {
        ASKED, OPEN, CLOSING, DRAINING, GONE
    }

    final int guestPort;
    final int hostPort;
    final Credit credit;
    final Board board;
    final HostSocket socket;

    /** Whether these have not said, or shown, that they will no more. */
    boolean guestSends = true;

    boolean guestReceives = true;
    boolean hostSends = true;
    boolean hostReceives = true;

    private State state;
    private final Opener opener;

    /** The guest was sent REQUEST. */
    private boolean asked;

    /** The guest is owed RESPONSE. */
    private boolean owesResponse;

    private boolean owesCredit;

    /** The flags of the last SHUTDOWN. */
    private int toldShutdown;

    /** When this state has lasted too long, of System.nanoTime; only in ASKED and CLOSING. */
    private long deadline;

    /** Of the board's list of those that have something for the guest. */
    Connection next;

    boolean queued;

    /** @param opener {@link Opener#NONE} when it is the guest that asks, and has its answer now */
    Connection(Board board, int guestPort, int hostPort, int fd, int room, Opener opener) {
        this.board = board;
        this.guestPort = guestPort;
        this.hostPort = hostPort;
        socket = new HostSocket(board, fd);
        this.opener = opener;
        credit = new Credit(room);
        boolean byGuest = opener == Opener.NONE;
        state = byGuest ? State.OPEN : State.ASKED;
        owesResponse = byGuest;
    }

    /** {@link Packet#STREAM} or {@link Packet#SEQPACKET}. */
    abstract int type();

    /** Passes bytes of the guest's on to the host, or keeps them. */
    abstract void take(DescriptorChain chain, int length, int flags);

    /** Passes on what was kept; returns whether none is left. */
    abstract boolean flush();

    /** Whether bytes of the guest's are kept. */
    abstract boolean keeps();

    /** Whether there may be bytes for the guest that it may be sent now. */
    abstract boolean mayPull();

    /** Moves bytes of the host's to the guest. */
    abstract void pull(GuestBuffers buffers);

    /** Frees memory. */
    abstract void free();

    final State state() {
        return state;
    }

    /** Watches the socket; returns false when that is not possible. */
    final boolean watch() {
        return socket.watch(this);
    }

    // What the guest says.

    final void fromGuest(Packet packet, DescriptorChain chain) {
        credit.heard(packet.bufAlloc, packet.fwdCnt);
        if (packet.operation == Packet.RST) {
            leave(false, "the guest refused: nobody listens on port " + Integer.toUnsignedString(guestPort));
        } else if (packet.type != type()) {
            leave(true, "the guest broke the protocol");
        } else {
            switch (state) {
                case ASKED -> answered(packet.operation);
                case OPEN -> whileOpen(packet, chain);
                case CLOSING -> whileClosing(packet);
                default -> throw new IllegalStateException(state.toString());
            }
        }
        board.wake(this);
    }

    private void answered(int operation) {
        if (operation != Packet.RESPONSE || !asked) {
            leave(true, "the guest broke the protocol");
            return;
        }
        state = State.OPEN;
        opener.opened(socket.fd(), hostPort);
    }

    private void whileOpen(Packet packet, DescriptorChain chain) {
        switch (packet.operation) {
            case Packet.RW -> data(packet, chain);
            case Packet.CREDIT_UPDATE -> {
                // heard above
            }
            case Packet.CREDIT_REQUEST -> owesCredit = true;
            case Packet.SHUTDOWN -> shutdown(packet.flags);
            default -> leave(true, "the guest broke the protocol");
        }
    }

    private void data(Packet packet, DescriptorChain chain) {
        long length = packet.length;
        if (!guestSends || length > chain.readableLength() - Packet.HEADER || !credit.receive(length)) {
            leave(true, "the guest broke the protocol");
        } else if (!hostReceives) {
            credit.forwarded((int) length);
        } else {
            take(chain, (int) length, packet.flags);
        }
    }

    private void shutdown(int flags) {
        if ((flags & Packet.SHUTDOWN_RECEIVE) != 0 && guestReceives) {
            guestReceives = false;
            hostSends = false;
            toldShutdown |= Packet.SHUTDOWN_SEND; // there is nothing to tell
            socket.shutdown(SocketCalls.SHUT_RD);
        }
        if ((flags & Packet.SHUTDOWN_SEND) != 0) {
            guestSends = false;
            guestDone();
        }
        if (!guestSends && !guestReceives) {
            leave(true, "the guest has closed it");
        }
    }

    /** The guest sends no more: the host's side reads an end behind the last byte. */
    private void guestDone() {
        if (!guestSends && !keeps()) {
            socket.shutdown(SocketCalls.SHUT_WR);
        }
    }

    /** The host's side is gone, and the guest shall say that it knows. */
    private void whileClosing(Packet packet) {
        if (packet.operation == Packet.RW) {
            if (packet.length > credit.room || !credit.receive(packet.length)) {
                leave(true, "");
            } else {
                credit.forwarded((int) packet.length);
            }
        } else if (packet.operation == Packet.SHUTDOWN) {
            guestReceives &= (packet.flags & Packet.SHUTDOWN_RECEIVE) == 0;
            guestSends &= (packet.flags & Packet.SHUTDOWN_SEND) == 0;
            if (!guestSends && !guestReceives) {
                leave(true, "");
            }
        }
    }

    // What the host's socket says.

    @Override
    public final void ready(int events) {
        if (socket.note(events)) {
            flushed(!keeps() || flush());
        }
        if (socket.isHungUp() && !hostSends && hostReceives && state == State.OPEN) {
            notTaken();
        }
        board.wake(this);
    }

    private void flushed(boolean all) {
        if (all && state == State.DRAINING) {
            socket.shutdown(SocketCalls.SHUT_WR);
            board.drained(this);
            end();
        } else if (all) {
            guestDone();
        }
    }

    /** A read came to the end of what the host sends. */
    final void atEnd() {
        hostSends = false;
        hostReceives &= !socket.isHungUp();
        hostChanged();
    }

    /** The host's side takes nothing more. What was kept for it goes nowhere, which is as good as forwarded. */
    final void notTaken() {
        hostReceives = false;
        credit.forwarded(credit.waiting());
        free();
        if (state == State.DRAINING) {
            board.drained(this);
            end();
        } else {
            hostChanged();
        }
    }

    private void hostChanged() {
        if (!hostSends && !hostReceives && state == State.OPEN) {
            state = State.CLOSING;
            deadline = board.deadline(Board.CLOSE_NANOS);
            socket.close();
        }
    }

    /** A read went wrong: the host's side has not read all that it was sent, and is gone. */
    final void broken() {
        leave(true, "the host's side is gone");
    }

    // What goes to the guest.

    /** Whether there is something for the guest now. */
    final boolean hasMore() {
        return switch (state) {
            case ASKED -> !asked;
            case OPEN -> owesResponse || owesCredit || credit.isNews() || shutdownFlags() != toldShutdown || pulls();
            case CLOSING -> owesResponse || shutdownFlags() != toldShutdown || credit.isNews();
            default -> false;
        };
    }

    private boolean pulls() {
        return hostSends && guestReceives && mayPull();
    }

    private int shutdownFlags() {
        return (hostSends ? 0 : Packet.SHUTDOWN_SEND) | (hostReceives ? 0 : Packet.SHUTDOWN_RECEIVE);
    }

    /** Sends a packet, or a burst of data. There is a buffer, and {@link #hasMore} was true. */
    final void toGuest(GuestBuffers buffers) {
        if (state == State.ASKED) {
            asked = true;
            buffers.control(this, Packet.REQUEST, 0);
        } else if (owesResponse) {
            owesResponse = false;
            buffers.control(this, Packet.RESPONSE, 0);
        } else if (state == State.OPEN && pulls()) {
            pull(buffers);
        } else if (shutdownFlags() != toldShutdown) {
            toldShutdown = shutdownFlags();
            buffers.control(this, Packet.SHUTDOWN, toldShutdown);
        } else if (owesCredit || credit.isNews()) {
            owesCredit = false;
            buffers.control(this, Packet.CREDIT_UPDATE, 0);
        }
    }

    // The end.

    /** Sets how long the guest may take to answer. */
    final void expireIn(long nanos) {
        deadline = board.deadline(nanos);
    }

    /** Whether it waits for the guest with a deadline. */
    final boolean isTimed() {
        return state == State.ASKED || state == State.CLOSING;
    }

    /** Whether the guest knows nothing of it. */
    final boolean isUnheard() {
        return state == State.ASKED && !asked;
    }

    /** Ends it when it has waited too long. */
    final void expire(long now) {
        if (isTimed() && now - deadline >= 0) {
            leave(state == State.CLOSING || asked, "the guest does not answer");
        }
    }

    /**
     * The guest and this have no more to do with each other. What the guest sent before still goes to the host.
     *
     * @param tell whether the guest gets RST
     */
    final void leave(boolean tell, String why) {
        board.forget(this, tell);
        if (state == State.OPEN && hostReceives && keeps()) {
            state = State.DRAINING;
            board.draining(this);
        } else {
            boolean refused = state == State.ASKED;
            end();
            if (refused) {
                opener.refused(why);
            }
        }
    }

    /** Frees everything; nobody is told. */
    final void end() {
        state = State.GONE;
        socket.close();
        free();
    }

    /** As {@link #end}, and who asked for the connection hears. */
    final void drop(String why) {
        boolean refused = state == State.ASKED;
        end();
        if (refused) {
            opener.refused(why);
        }
    }
}
