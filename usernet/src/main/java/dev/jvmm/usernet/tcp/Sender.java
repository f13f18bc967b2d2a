package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;

/**
 * The way from the host to the guest: RFC 9293's SND variables and what it says of retransmission (3.8.1), zero windows
 * (3.8.6.1) and silly windows (3.8.6.2.1), with congestion control (RFC 5681, 6582) helped by SACK (RFC 2018). Nagle's
 * algorithm is left to who sends: the host's end.
 */
final class Sender {
    static final long NEVER = Long.MAX_VALUE;

    /** Timeouts in a row after which the guest is given up: 100 seconds and more (RFC 9293, 3.8.3). */
    static final int MOST_TRIES = 12;

    /** The same for a SYN. */
    static final int MOST_SYN_TRIES = 6;

    /** Pieces for one connection until another has its turn. */
    private static final int BURST = 8;

    /** Bytes that are worth a call to the host's kernel. */
    private static final int READ = 16 << 10;

    private final TcpConnection connection;
    private final TcpStack stack;
    final int first;
    private int mss;
    private int scale;
    private boolean sack;
    private final SendBuffer buffer = new SendBuffer();
    private final RtoEstimator rto = new RtoEstimator();
    private final Congestion congestion = new Congestion();
    private final SackScoreboard sacked = new SackScoreboard();
    private final GapFiller gaps;

    /** The first number that the guest has not acknowledged. */
    private int una;

    /** The next number to send: behind {@code max} while lost segments are sent again. */
    private int next;

    /** The number behind all that was ever sent. */
    private int max;
    private final SendWindow window = new SendWindow();

    /** The host has no more to send. */
    private boolean closing;

    private long timer = NEVER;
    private int tries;

    /** @param first our initial sequence number */
    Sender(TcpConnection connection, int first) {
        this.connection = connection;
        this.stack = connection.stack;
        this.first = first;
        una = first;
        next = first + 1;
        max = next;
        buffer.start(next);
        gaps = new GapFiller(this, buffer, sacked);
    }

    /** Takes what the guest's SYN offers. @param segmentSize payload bytes in a segment */
    void negotiated(TcpSegment syn, int segmentSize) {
        mss = segmentSize;
        scale = Math.max(syn.scale, 0);
        sack = syn.sackPermitted;
        congestion.start(mss, first);
    }

    /** The SYN has gone out, for the first time or again. */
    void synchronising(long now) {
        if (tries == 0) {
            rto.time(next, now);
        } else {
            rto.forget();
        }
        timer = now + rto.timeout();
    }

    /** Whether another SYN may be sent. */
    boolean synchroniseAgain() {
        rto.backOff();
        return ++tries < MOST_SYN_TRIES;
    }

    /** Payload bytes of a segment. */
    int mss() {
        return mss;
    }

    int una() {
        return una;
    }

    /** The number behind all that was ever sent: what a segment without data bears. */
    int max() {
        return max;
    }

    boolean sack() {
        return sack;
    }

    int held() {
        return buffer.held();
    }

    long timer() {
        return timer;
    }

    void append(ByteBuf data) {
        buffer.append(data);
    }

    /** A FIN follows what is in the buffer. */
    void close() {
        closing = true;
    }

    boolean finAcknowledged() {
        return closing && una == buffer.end() + 1;
    }

    /** Whether something waits for an acknowledgment. */
    boolean outstanding() {
        return una != max;
    }

    void release() {
        buffer.releaseAll();
        timer = NEVER;
    }

    /** RFC 5961, 5: an acknowledgment of what was never sent, or so old that nobody could mean it. */
    boolean absurd(int acknowledgment) {
        return Seq.after(acknowledgment, max) || Seq.before(acknowledgment, una - Math.max(window.widest(), 0xFFFF));
    }

    /** What a segment says of the things we have sent; the segment is acceptable, and not {@link #absurd}. */
    void acknowledged(TcpSegment segment, long now) {
        int acknowledgment = segment.acknowledgment;
        boolean news = segment.sacks > 0 && sack && sacked.addAll(segment, una, max);
        if (Seq.before(acknowledgment, una)) {
            return;
        }
        int offered = segment.syn() ? segment.window : segment.window << scale;
        if (acknowledgment != una) {
            advance(acknowledgment, now);
        } else if (una != max && window.open() && (news || segment.length() == 0 && offered == window.size())) {
            duplicate(); // by RFC 6675, 2, or by RFC 5681, 2
        }
        if (!window.open() && window.concerns(segment)) {
            tries = 0; // a guest that answers is there, however long its window stays shut
            if (offered > 0) {
                rto.restart();
                timer = una == max ? NEVER : now + rto.timeout();
            }
        }
        window.update(segment, offered);
    }

    /** The segment that ends the handshake: its window counts whatever its number is. */
    void established(TcpSegment segment, long now) {
        window.begin(segment);
        acknowledged(segment, now);
    }

    private void advance(int acknowledgment, long now) {
        rto.acknowledged(acknowledgment, now);
        int bytes = acknowledgment - una;
        una = acknowledgment;
        next = Seq.later(next, una);
        buffer.release(una);
        sacked.forget(una);
        tries = 0;
        timer = una == max ? NEVER : now + rto.timeout();
        if (!congestion.recovering()) {
            congestion.acknowledged(bytes);
        } else if (Seq.before(una, congestion.recover())) {
            congestion.partial(bytes);
            rto.forget();
            gaps.fill();
        } else {
            congestion.leave(max - una);
        }
    }

    private void duplicate() {
        if (congestion.duplicate(una, sacked.bytes() > 2 * mss)) {
            congestion.enter(max - una, max);
            gaps.begin(una);
        }
        if (congestion.recovering()) {
            rto.forget();
            gaps.fill();
        }
    }

    /**
     * Sends what windows allow.
     *
     * @param force also a segment that is small for a silly window (RFC 9293, 3.8.6.2.1: the override timeout)
     * @return whether there is more that could go now
     */
    boolean transmit(boolean force, long now) {
        for (int i = 0; i < BURST; i++) {
            if (next != max) {
                next = sacked.skip(next);
            }
            int unsent = buffer.end() - next;
            if (unsent > 0) {
                int length = sendable(unsent, force);
                if (length == 0) {
                    if (next == una && timer == NEVER) {
                        timer = now + rto.timeout();
                    }
                    return false;
                }
                if (!send(next, length)) {
                    return true;
                }
                sent(length + (fin(next, length) ? 1 : 0), now);
            } else if (unsent == 0 && closing) {
                if (!sendBare(next, TcpSegment.FIN)) {
                    return true;
                }
                sent(1, now);
            } else {
                return false;
            }
        }
        return true;
    }

    /** How much of what is unsent goes into the next segment: nothing where waiting makes it larger. */
    private int sendable(int unsent, boolean force) {
        int want = Math.min(unsent, mostPayload());
        int flight = next - una;
        int room = Math.min(window.size(), congestion.window()) - flight;
        if (room >= want) {
            return buffer.piece(next, want);
        }
        int clocked = congestion.suspicious() ? 0 : Math.min(window.widest(), congestion.window()) / 4;
        if (room <= 0 || flight > 0 && room < Math.min(want, Math.max(clocked, mss))) {
            return 0; // with something on its way an acknowledgment will make room for more
        }
        if (room < mss) {
            return force || room >= window.widest() / 2 ? room : 0;
        }
        return room - room % mss;
    }

    private void sent(int places, long now) {
        if (next == max) {
            rto.time(next + places, now);
        }
        next += places;
        max = Seq.later(max, next);
        if (timer == NEVER) {
            timer = now + rto.timeout();
        }
    }

    /** Whether the FIN follows these bytes. */
    boolean fin(int sequence, int length) {
        return closing && sequence + length == buffer.end();
    }

    /** @return false when the sink is full */
    boolean send(int sequence, int length) {
        int flags = TcpSegment.ACK;
        if (sequence + length == buffer.end()) {
            flags |= closing ? TcpSegment.PSH | TcpSegment.FIN : TcpSegment.PSH;
        }
        ByteBuf packet = buffer.packet(sequence, length);
        connection.header(packet, sequence, flags);
        if (!stack.send(connection.key, packet, length > mss ? mss : 0)) {
            return false;
        }
        buffer.sent(sequence);
        connection.receiver.acknowledged();
        return true;
    }

    boolean sendBare(int sequence, int flags) {
        return connection.sendBare(sequence, TcpSegment.ACK | flags);
    }

    /** Bytes of payload in one packet: many segments where the sink cuts them. */
    int mostPayload() {
        int most = stack.mostPayload();
        return most < 2 * mss ? mss : most - most % mss;
    }

    /** Bytes to read from a host that has much to say: a packet's payload, or several packets'. */
    int readSize() {
        return Math.max(mostPayload(), READ - READ % mss);
    }

    /**
     * The timer has run out.
     *
     * @return false when the guest is to be given up
     */
    boolean timedOut(long now) {
        timer = NEVER;
        boolean idle = una == max;
        if (idle && buffer.end() == next && !closing || finAcknowledged()) {
            return true;
        }
        if (stack.blocked()) {
            timer = now + rto.timeout(); // what waits in front of the guest is not lost
            return true;
        }
        if (++tries > MOST_TRIES) {
            return false;
        }
        if (!window.open()) {
            probe();
        } else if (idle) {
            transmit(true, now);
        } else {
            congestion.timedOut(max - una, max, tries > 1);
            sacked.clear(); // the guest may have thrown away what it had (RFC 2018, 8)
            next = una;
            rto.forget();
            transmit(true, now);
        }
        rto.backOff();
        timer = now + rto.timeout();
        return true;
    }

    /** A byte beyond the shut window, to be told when it opens; or the FIN, if that is all. */
    private void probe() {
        next = una;
        rto.forget();
        int bytes = buffer.end() == una ? 0 : 1;
        boolean sent = bytes == 0 ? sendBare(una, TcpSegment.FIN) : send(una, 1);
        if (sent) {
            max = Seq.later(max, una + bytes + (fin(una, bytes) ? 1 : 0));
        }
    }
}
