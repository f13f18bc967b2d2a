package dev.jvmm.usernet.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.packet.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A guest that sends the segments a test spells out, on a stack whose time the test moves. Sequence numbers are the test's own:
 * what it calls 0 is the SYN's number, on either side.
 */
final class ScriptedGuest implements AutoCloseable {
    static final IpAddress GUEST = IpAddress.ofV4(0x0A00020F);
    static final IpAddress PEER = IpAddress.ofV4(0x5DB8D822);
    static final int GUEST_PORT = 40_000;
    static final int PEER_PORT = 80;
    static final int FIRST = 0x7FFF_FFF0; // wraps to negative soon

    static final int FIN = TcpSegment.FIN;
    static final int SYN = TcpSegment.SYN;
    static final int RST = TcpSegment.RST;
    static final int ACK = TcpSegment.ACK;
    static final int PSH = TcpSegment.PSH;

    final RecordingSink sink = new RecordingSink();
    final Deque<FakeHost> hosts = new ArrayDeque<>();

    /** Those that were open of late. */
    private final Deque<FakeHost> live = new ArrayDeque<>();

    final TcpStack stack;
    Optional<SocketAddress> target = Optional.of(new InetSocketAddress("127.0.0.1", 1));
    HostSide dialed;
    SocketAddress dialedTarget;

    /** Our initial sequence number: what the guest acknowledges. */
    int theirs;

    /** Announced in each segment. */
    int window = 0xFFFF;
    int guestPort = GUEST_PORT;
    private byte[] options = {};
    private final EmbeddedChannel clock = new EmbeddedChannel();
    private long time;

    ScriptedGuest() {
        this(TcpLimits.DEFAULT);
    }

    ScriptedGuest(TcpLimits limits) {
        clock.freezeTime();
        stack = new TcpStack(clock.eventLoop(), sink, limits, (to, port) -> target, () -> time, (address, side) -> {
            dialedTarget = address;
            dialed = side;
            hosts.add(new FakeHost(side));
            live.add(hosts.getLast());
        });
    }

    FakeHost host() {
        return hosts.getLast();
    }

    EmbeddedChannel loop() {
        return clock;
    }

    void run() {
        clock.runPendingTasks();
        for (Iterator<FakeHost> each = live.iterator(); each.hasNext();) {
            FakeHost host = each.next();
            boolean over = !host.isOpen();
            host.runPendingTasks();
            if (over) {
                each.remove(); // there may be hundreds in the end
            }
        }
        clock.runPendingTasks();
    }

    /** Lets time pass, timer by timer. */
    void pass(long amount, TimeUnit unit) {
        long left = unit.toNanos(amount);
        while (true) {
            run();
            long next = clock.runScheduledPendingTasks();
            run();
            if (next == 0) {
                continue;
            }
            long step = next < 0 ? left : Math.min(next, left);
            time += step;
            clock.advanceTimeBy(step, TimeUnit.NANOSECONDS);
            for (FakeHost host : live) {
                host.advanceTimeBy(step, TimeUnit.NANOSECONDS);
                host.runScheduledPendingTasks();
            }
            left -= step;
            if (left == 0) {
                clock.runScheduledPendingTasks();
                run();
                return;
            }
        }
    }

    /** Sends a segment with numbers counted from the SYNs, and has the stack see to it. */
    void send(int sequence, int acknowledgment, int flags, String data) {
        raw(FIRST + sequence, (flags & ACK) == 0 ? 0 : theirs + acknowledgment, flags,
                data.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(int sequence, int acknowledgment, int flags) {
        send(sequence, acknowledgment, flags, "");
    }

    /** Has the next segment bear these. */
    ScriptedGuest with(int... bytes) {
        options = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            options[i] = (byte) bytes[i];
        }
        return this;
    }

    ScriptedGuest withSack(int left, int right) {
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.buffer();
        bytes.writeInt(0x0101_050A).writeInt(theirs + left).writeInt(theirs + right);
        options = new byte[bytes.readableBytes()];
        bytes.readBytes(options).release();
        return this;
    }

    void raw(int sequence, int acknowledgment, int flags, byte[] data) {
        rawLater(sequence, acknowledgment, flags, data);
        run();
    }

    /** Without the end of the turn. */
    void rawLater(int sequence, int acknowledgment, int flags, byte[] data) {
        ByteBuf segment = PooledByteBufAllocator.DEFAULT.directBuffer(TcpSegment.HEADER + options.length + data.length);
        segment.writeShort(guestPort).writeShort(PEER_PORT).writeInt(sequence).writeInt(acknowledgment);
        segment.writeShort(TcpSegment.HEADER + options.length << 10 | flags).writeShort(window).writeInt(0);
        segment.writeBytes(options).writeBytes(data);
        options = new byte[0];
        stack.input(GUEST, PEER, segment);
        segment.release();
    }

    /** The next segment that the guest got. */
    SeenSegment next() {
        SeenSegment next = sink.seen.poll();
        assertNotNull(next, "the guest got nothing");
        return next;
    }

    /** The next segment, whose numbers and flags must be these. */
    SeenSegment expect(int sequence, int acknowledgment, int flags) {
        SeenSegment got = next();
        assertEquals("seq " + sequence + " ack " + acknowledgment + " flags " + flags,
                "seq " + (got.sequence() - theirs) + " ack " + (got.is(ACK) ? got.acknowledgment() - FIRST : 0)
                        + " flags "
                        + got.flags());
        return got;
    }

    void expectNothing() {
        assertNull(sink.seen.poll());
    }

    /** Opens a connection with MSS 1460, SACK and windows scaled by 7, up to ESTABLISHED. */
    void open() {
        beginOpening();
        send(1, 1, ACK);
        assertEquals(TcpState.ESTABLISHED, state());
        assertTrue(host().wanted());
        expectNothing();
    }

    /** Up to SYN-RECEIVED. */
    void beginOpening() {
        with(2, 4, 1460 >> 8, 1460 & 0xFF, 1, 1, 4, 2, 1, 3, 3, 7).send(0, 0, SYN);
        expectNothing();
        dialed.connected();
        run();
        SeenSegment answer = next();
        assertEquals(SYN | ACK, answer.flags());
        assertEquals(FIRST + 1, answer.acknowledgment());
        theirs = answer.sequence();
    }

    TcpState state() {
        TcpConnection connection = stack.connection(GUEST, guestPort, PEER, PEER_PORT);
        return connection == null ? TcpState.CLOSED : connection.state();
    }

    @Override
    public void close() {
        stack.close();
        assertEquals(0, stack.memory().used());
        assertEquals(0, stack.connections());
        for (FakeHost host : hosts) {
            host.runPendingTasks();
            host.releaseOutbound();
            host.close();
        }
        clock.close();
    }
}
