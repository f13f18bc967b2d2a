package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;

/**
 * A connection between the guest and a host's socket. {@link Arrival} reads the guest's segments; here is what becomes of the
 * connection's state (RFC 9293, 3.3.2) by them and by the host. What it sends waits for the end of the event loop's turn
 * ({@link #settle}), so that one acknowledgment answers all that came.
 */
final class TcpConnection {
    final TcpStack stack;
    final ConnectionKey key;
    final Sender sender;
    final int announcedMss;
    final Arrival arrival;
    private final ConnectionTimer timer;

    /** For {@link ConnectionTable}. */
    TcpConnection nextInBucket;

    /** For {@link Turns}. */
    boolean queued;
    boolean waiting;

    /** Made when the guest's SYN has come. */
    Receiver receiver;

    private HostSide host;
    private TcpState state;
    private long charged;
    private boolean scaling = true;

    TcpConnection(TcpStack stack, ConnectionKey key, TcpState state, int first) {
        this.stack = stack;
        this.key = key;
        this.state = state;
        announcedMss = stack.announcedMss(key);
        sender = new Sender(this, first);
        timer = new ConnectionTimer(this);
        arrival = new Arrival(this, timer);
    }

    TcpState state() {
        return state;
    }

    void state(TcpState next) {
        state = next;
    }

    HostSide host() {
        return host;
    }

    void host(HostSide side) {
        host = side;
    }

    // ---- opening

    /** Takes what a SYN says of the guest's end. */
    void synchronised(TcpSegment syn) {
        int limit = stack.limits().receiveBuffer();
        scaling = syn.scale >= 0;
        sender.negotiated(syn, stack.mss(key, syn));
        receiver = new Receiver(this, syn.sequence, limit, scaling ? Receiver.scaleFor(limit) : 0);
        receiver.announceFirst();
    }

    /** Sends the SYN, or SYN and ACK, for the first time or again. */
    void sendSyn() {
        boolean answer = state == TcpState.SYN_RECEIVED;
        int limit = stack.limits().receiveBuffer();
        ByteBuf packet = SegmentWriter.synchronise(key.ports(), sender.first, answer ? receiver.next() : 0,
                answer ? TcpSegment.SYN | TcpSegment.ACK : TcpSegment.SYN,
                answer ? receiver.announceFirst() : Math.min(limit, 0xFFFF),
                announcedMss, !answer || sender.sack(), scaling ? Receiver.scaleFor(limit) : -1);
        stack.send(key, packet, 0);
        sender.synchronising(stack.now());
        timer.arm();
    }

    void hostConnected() {
        if (state == TcpState.CONNECTING) {
            stack.answered();
            state = TcpState.SYN_RECEIVED;
            sendSyn();
        }
    }

    /** The handshake is over. */
    void established() {
        state = TcpState.ESTABLISHED;
        timer.live(stack.now() + stack.limits().keepAlive().toNanos());
    }

    // ---- the guest's side

    /** The guest's FIN has been reached. */
    void guestFinished() {
        if (state == TcpState.ESTABLISHED) {
            state = TcpState.CLOSE_WAIT;
            host.finishOutput();
        } else if (state == TcpState.FIN_WAIT_1) {
            state = TcpState.CLOSING; // its acknowledgment of our FIN would have made it FIN-WAIT-2
            host.finishOutput();
        } else {
            waitForLate();
        }
    }

    /** The guest has acknowledged our FIN. */
    void finAcknowledged() {
        if (state == TcpState.FIN_WAIT_1) {
            state = TcpState.FIN_WAIT_2;
        } else if (state == TcpState.CLOSING) {
            waitForLate();
        } else if (state == TcpState.LAST_ACK) {
            host.finish();
            remove();
        }
    }

    private void waitForLate() {
        state = TcpState.TIME_WAIT;
        timer.live(stack.now() + stack.limits().timeWait().toNanos());
        host.finish();
        sender.release();
        stack.timeWaiting(this);
    }

    // ---- the host's side

    /** Bytes of memory that the host's data may still take. */
    int sendRoom() {
        int held = sender.held();
        return (int) Math.min(stack.limits().sendBuffer() - held, stack.grant(held));
    }

    /** How many of the bytes that have come may be kept. */
    int grant(int wanted) {
        long held = host.pending() + receiver.held();
        // twice the largest window: what was promised once may come in many small buffers
        long most = Math.max(0, 2L * stack.limits().receiveBuffer() - held);
        return (int) Math.min(wanted, Math.min(most, stack.grant(held)));
    }

    int readSize() {
        return sender.readSize();
    }

    void hostData(ByteBuf data) {
        if (state.hostOpen()) {
            sender.append(data);
            account();
            stack.touch(this);
        } else {
            data.release();
        }
    }

    void hostIdle() {
        stack.touch(this);
    }

    void hostFinished() {
        if (state.hostOpen()) {
            sender.close();
            state = state == TcpState.ESTABLISHED ? TcpState.FIN_WAIT_1 : TcpState.LAST_ACK;
            stack.touch(this);
        }
    }

    void hostTook() {
        if (receiver != null && receiver.widened()) {
            receiver.acknowledgeNow();
        }
        stack.touch(this);
    }

    /** There is no host's side any more. */
    void hostFailed() {
        if (state == TcpState.CLOSED || state == TcpState.TIME_WAIT) {
            return;
        }
        reset();
    }

    /** Ends both sides at once, each by a reset. */
    void reset() {
        if (state == TcpState.CONNECTING) {
            stack.send(key, SegmentWriter.bare(key.ports(), 0, receiver.next(), TcpSegment.RST | TcpSegment.ACK, 0), 0);
        } else if (receiver != null) {
            stack.send(key,
                    SegmentWriter.bare(key.ports(), sender.max(), receiver.next(), TcpSegment.RST | TcpSegment.ACK, 0),
                    0);
        }
        abort();
    }

    // ---- sending

    /** Fills in a data segment's header, in front of the payload. */
    void header(ByteBuf packet, int sequence, int flags) {
        SegmentWriter.header(packet, packet.readerIndex(), TcpSegment.HEADER, key.ports(), sequence, receiver.next(),
                flags,
                receiver.announce());
    }

    /** Sends a segment without data. @return false when the sink is full */
    boolean sendBare(int sequence, int flags) {
        if (!stack.send(key, SegmentWriter.bare(key.ports(), sequence, receiver.next(), flags, receiver.announce()),
                0)) {
            return false;
        }
        receiver.acknowledged();
        return true;
    }

    /** The end of a turn: hands over to the host what came for it, sends the guest what there is, and sees to timers. */
    void settle() {
        if (state == TcpState.CLOSED) {
            return;
        }
        host.flush();
        if (state == TcpState.CLOSED) {
            return; // the host's end broke at it
        }
        if (state.synchronised()) {
            if (!stack.blocked()) {
                output();
            }
            if (state.hostOpen() && sendRoom() >= HostReads.LEAST) {
                host.read();
            }
        }
        account();
        timer.arm();
    }

    private void output() {
        boolean more = state != TcpState.TIME_WAIT && sender.transmit(false, stack.now());
        if (receiver.due()) {
            receiver.acknowledge();
        }
        if (more && !stack.blocked()) {
            stack.touch(this);
        }
    }

    /** Tells the stack's memory what this connection holds. */
    void account() {
        long holds = state == TcpState.CLOSED ? 0
                : sender.held() + (receiver == null ? 0 : receiver.held()) + host.pending();
        stack.memory().change(holds - charged);
        charged = holds;
    }

    // ---- the end

    /** Ends both sides at once; the host's by a reset. */
    void abort() {
        host.abort();
        remove();
    }

    void remove() {
        if (state == TcpState.CLOSED) {
            return;
        }
        if (state == TcpState.CONNECTING) {
            stack.answered();
        } else if (state == TcpState.TIME_WAIT) {
            stack.waited(this);
        }
        state = TcpState.CLOSED;
        sender.release();
        if (receiver != null) {
            receiver.release();
        }
        account();
        timer.cancel();
        stack.remove(this);
    }
}
