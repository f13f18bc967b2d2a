package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * The way from the guest to the host: RFC 9293's RCV variables, what came before its turn, when to acknowledge (3.8.6.3) and
 * which window to announce (3.8.6.2.2).
 */
final class Receiver {
    /** How long an acknowledgment may wait for company, in nanoseconds: below the 500 ms of RFC 9293, 3.8.6.3. */
    static final long DELAY = 10_000_000;

    private static final int MOST_WINDOW = 0xFFFF;

    /** Payloads of less are copied: a slice would cost more, and keep more. */
    private static final int SMALL = 512;
    private static final int MOST_SACKS = TcpSegment.MOST_SACKS;

    private final TcpConnection connection;
    private final int limit;
    private final int scale;
    private final ReceiveQueue queue = new ReceiveQueue();

    /** The guest's initial sequence number. */
    final int first;

    /** The next number that the guest is to send. */
    private int next;

    /** The number behind the window that was announced: it never moves back. */
    private int edge;

    private boolean finKnown;
    private int finAt;
    private boolean finished;

    private boolean now;
    private int unacknowledged;
    private long timer = Sender.NEVER;

    /**
     * @param first the guest's initial sequence number
     * @param limit the largest window
     * @param scale of our windows; 0 when the guest does not scale
     */
    Receiver(TcpConnection connection, int first, int limit, int scale) {
        this.connection = connection;
        this.first = first;
        this.limit = Math.min(limit, MOST_WINDOW << scale);
        this.scale = scale;
        next = first + 1;
        edge = next;
    }

    /** How many bits a window of this size has to be shifted to fit (RFC 7323, 2.2). */
    static int scaleFor(int limit) {
        return Math.max(0, Integer.SIZE - Short.SIZE - Integer.numberOfLeadingZeros(limit));
    }

    int next() {
        return next;
    }

    int held() {
        return queue.held();
    }

    long timer() {
        return timer;
    }

    void release() {
        queue.releaseAll();
        timer = Sender.NEVER;
        now = false;
    }

    /** RFC 9293, 3.10.7.4, first: whether any of a segment is in the window. */
    boolean acceptable(int sequence, int length) {
        int open = edge - next;
        if (length == 0) {
            return sequence == next || sequence - next > 0 && sequence - next < open;
        }
        if (open == 0) {
            return sequence == next; // its data has no room, and its acknowledgment counts
        }
        int end = sequence + length;
        return Seq.after(end, next) && Seq.before(sequence, edge);
    }

    /** Cuts off what is not in the window. */
    void trim(TcpSegment segment) {
        int stale = next - segment.sequence;
        if (stale > 0) {
            segment.cutFront(stale);
            now = true;
        }
        int beyond = segment.sequence + segment.length() - edge;
        if (beyond > 0 && segment.length() > 0) {
            segment.cutBack(Math.min(beyond, segment.length()));
            now = true;
        }
    }

    /** Takes the payload of a trimmed segment and notes its FIN. */
    void receive(TcpSegment segment, int grant, long time) {
        if (segment.length() == 0) {
            return;
        }
        if (segment.payload > grant) {
            segment.cutBack(segment.length() - grant);
            now = true;
        }
        if (finKnown && Seq.after(segment.sequence + segment.payload, finAt)) {
            now = true;
            return; // beyond the end that the guest itself has named
        }
        if (segment.fin()) {
            finKnown = true;
            finAt = segment.sequence + segment.payload;
        }
        if (segment.sequence != next) {
            now = true;
            if (segment.payload > 0) {
                queue.add(segment.sequence, keep(segment));
            }
            return;
        }
        if (segment.payload > 0) {
            deliver(keep(segment), time);
            while (!queue.isEmpty()) {
                now = true; // RFC 5681, 4.2: also when a gap is filled
                ByteBuf piece = queue.take(next);
                if (piece == null) {
                    break;
                }
                deliver(piece, time);
            }
        }
        if (finKnown && next == finAt && !finished) {
            finished = true;
            next++;
            edge = Seq.later(edge, next);
            now = true;
        }
    }

    private void deliver(ByteBuf data, long time) {
        int length = data.readableBytes();
        next += length;
        unacknowledged += length;
        connection.host().write(data);
        if (unacknowledged >= 2 * connection.announcedMss) {
            now = true;
        } else if (timer == Sender.NEVER) {
            timer = time + DELAY;
        }
    }

    /** The payload, for us to release: the packet's own memory where that is not much more. */
    private static ByteBuf keep(TcpSegment segment) {
        if (segment.payload > SMALL) {
            ByteBuf whole = segment.buffer;
            while (whole.unwrap() != null) {
                whole = whole.unwrap();
            }
            if (whole.capacity() - segment.payload <= segment.payload) {
                return segment.buffer.retainedSlice(segment.payloadAt, segment.payload);
            }
        }
        ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer(segment.payload);
        return copy.writeBytes(segment.buffer, segment.payloadAt, segment.payload);
    }

    /** Whether the guest's FIN has been reached. */
    boolean finished() {
        return finished;
    }

    /** The guest is to have an acknowledgment at the end of this turn. */
    void acknowledgeNow() {
        now = true;
    }

    void timedOut(long time) {
        if (time >= timer) {
            timer = Sender.NEVER;
            now = true;
        }
    }

    boolean due() {
        return now;
    }

    /** A segment has gone out that acknowledges all there is. */
    void acknowledged() {
        if (queue.isEmpty()) {
            now = false; // the gaps of a queue are in SACK blocks, which data has no room for
        }
        unacknowledged = 0;
        timer = Sender.NEVER;
    }

    /** The host has taken something: whether the window is worth being announced again. */
    boolean widened() {
        int open = edge - next;
        return open < limit / 2 && room() - open >= Math.min(limit / 4, connection.stack.limits().floor() / 2);
    }

    private int room() {
        int most = connection.stack.memory().exhausted() ? Math.min(limit, connection.stack.limits().floor()) : limit;
        return (int) Math.max(0, most - connection.host().pending());
    }

    /** The window to announce, as it goes into a header. */
    int announce() {
        int open = edge - next;
        int want = room();
        if (want - open < Math.min(limit / 2, connection.announcedMss)) {
            want = open;
        }
        int shown = want >>> scale;
        edge = Seq.later(edge, next + (shown << scale));
        return shown;
    }

    /** The window of a SYN, which is not scaled. */
    int announceFirst() {
        int shown = Math.min(room(), MOST_WINDOW);
        edge = Seq.later(edge, next + shown);
        return shown;
    }

    /** Sends an acknowledgment of its own, which stays due when the sink is full. */
    void acknowledge() {
        boolean sent;
        if (queue.isEmpty() || !connection.sender.sack()) {
            sent = connection.sendBare(connection.sender.max(), TcpSegment.ACK);
        } else {
            int[] left = connection.stack.sackLeft;
            int[] right = connection.stack.sackRight;
            int blocks = queue.blocks(left, right, MOST_SACKS);
            sent = connection.stack.send(connection.key,
                    SegmentWriter.selective(connection.key.ports(), connection.sender.max(), next,
                            announce(), blocks, left, right),
                    0);
        }
        if (sent) {
            acknowledged();
            now = false;
        }
    }
}
