package dev.jvmm.usernet.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Segments, the host's doings, time and a sink that is full now and then, in any order. What arrives anywhere has to be what
 * was sent, memory stays within its limits, and when the guest falls silent every connection comes to its end.
 */
class TcpInputFuzzTest {
    private static final int PORTS = 4;
    private static final int MOST_STEPS = 200;
    private static final int MEMORY = 200_000;
    private static final TcpLimits LIMITS = new TcpLimits(PORTS + 1, PORTS - 1, 100_000, 100_000, MEMORY, 8192,
            Duration.ofSeconds(10),
            Duration.ofSeconds(60), Duration.ofHours(2), Duration.ofSeconds(60));

    /** Bytes are what their places say, so that whoever gets them can tell. They come again after so many: a power of two. */
    private static final int PERIOD = 1024;

    private static final byte[] CONTENT = new byte[PERIOD + 0x10000];

    static {
        for (int place = 0; place < CONTENT.length; place++) {
            CONTENT[place] = (byte) (place * 31 >>> 2);
        }
    }

    private static byte[] content(int place, int length) {
        int start = place & PERIOD - 1;
        return Arrays.copyOfRange(CONTENT, start, start + length);
    }

    /** In one go: a fuzzer watches every branch of ours. */
    private static void assertContent(int place, byte[] got) {
        int start = place & PERIOD - 1;
        assertTrue(Arrays.equals(CONTENT, start, start + got.length, got, 0, got.length), "what was sent");
    }

    /** What the guest knows of a connection. */
    private static final class End {
        FakeHost host;
        int hostSaid;
        int hostGot;
        int theirFirst;
        int theirNext;
        int first;
        int next;
    }

    private final End[] ends = new End[PORTS];
    private ScriptedGuest guest;
    private ByteBuffer input;

    @FuzzTest(maxDuration = "10m")
    void anyConversation(byte[] bytes) {
        input = ByteBuffer.wrap(bytes);
        guest = new ScriptedGuest(LIMITS);
        for (int i = 0; i < PORTS; i++) {
            ends[i] = new End();
        }
        for (int step = 0; step < MOST_STEPS && input.hasRemaining(); step++) {
            step(next());
            look();
        }
        silence();
        guest.close();
    }

    private int next() {
        return input.hasRemaining() ? input.get() & 0xFF : 0;
    }

    private int word() {
        return next() << 8 | next();
    }

    private void step(int what) {
        int port = what & PORTS - 1;
        guest.guestPort = ScriptedGuest.GUEST_PORT + port;
        End end = ends[port];
        switch (what >> 2 & 0xF) {
            case 0, 1 -> open(end);
            case 2, 3, 4 -> segment(end, ScriptedGuest.ACK, 0, 0);
            case 5 -> segment(end, next() & 0x3F, (byte) next(), (byte) next());
            case 6 -> segment(end, ScriptedGuest.ACK | next() & 1, word() << 4, (byte) next());
            case 7 -> anything();
            case 8, 9 -> hostSays(end, word() & 0x3FFF);
            case 10 -> host(end, next());
            case 11 -> guest.pass(1L << (next() & 0xF), TimeUnit.MILLISECONDS);
            case 12 -> guest.sink.room = next() & 7;
            case 13 -> {
                guest.sink.room = Integer.MAX_VALUE;
                guest.stack.guestWritable();
                guest.run();
            }
            case 14 -> guest.window = word();
            default -> connect(end, next());
        }
    }

    private void open(End end) {
        int hosts = guest.hosts.size();
        int isn = word() << 16;
        options();
        guest.raw(isn, 0, ScriptedGuest.SYN, new byte[0]);
        if (guest.hosts.size() > hosts) {
            end.host = guest.hosts.getLast();
            end.hostSaid = 0;
            end.hostGot = 0;
            end.first = isn;
            end.next = isn + 1;
        }
    }

    private void options() {
        int kind = next();
        if (kind < 100) {
            guest.with(2, 4, 5, 0xB4, 1, 1, 4, 2, 1, 3, 3, kind & 7);
        } else if (kind < 200) {
            guest.with(next(), next(), next(), next());
        }
    }

    /** A segment that is nearly, or exactly, what should come now. */
    private void segment(End end, int flags, int sequenceOff, int acknowledgmentOff) {
        int sequence = end.next + sequenceOff;
        byte[] data = content(sequence - end.first, (next() & 0x7F) << (next() & 7));
        if ((next() & 0xF0) == 0xF0) {
            sack(end);
        }
        guest.raw(sequence, end.theirNext + acknowledgmentOff, flags, data);
    }

    private void sack(End end) {
        guest.theirs = end.theirNext;
        int left = (byte) next() * 100;
        guest.withSack(left, left + word());
    }

    private void anything() {
        byte[] bytes = new byte[Math.min(next() & 0x3F, input.remaining())];
        input.get(bytes);
        ByteBuf segment = Unpooled.wrappedBuffer(bytes);
        guest.stack.input(ScriptedGuest.GUEST, ScriptedGuest.PEER, segment);
        guest.run();
    }

    private void hostSays(End end, int bytes) {
        if (end.host == null || !end.host.isOpen() || !end.host.wanted()) {
            return;
        }
        byte[] data = content(end.hostSaid, bytes);
        end.hostSaid += bytes;
        end.host.says(data);
        guest.run();
    }

    private void host(End end, int what) {
        if (end.host == null || !end.host.isOpen()) {
            return;
        }
        switch (what & 3) {
            case 0 -> end.host.ends();
            case 1 -> end.host.stuck = true;
            case 2 -> end.host.takes();
            default -> {
                if (what > 0xC0) {
                    end.host.breaks();
                }
            }
        }
        guest.run();
    }

    private void connect(End end, int what) {
        if (end.host != null) {
            HostSide side = end.host.pipeline().get(HostSide.class);
            if (side != null && what < 0xE0) {
                side.connected();
            } else if (side != null) {
                end.host.close();
            }
            guest.run();
        }
    }

    /** Checks what the guest and the hosts have got since. */
    private void look() {
        while (!guest.sink.seen.isEmpty()) {
            seen(guest.sink.seen.poll());
        }
        for (End end : ends) {
            if (end.host != null) {
                for (byte[] got = end.host.gotNext(); got.length > 0; got = end.host.gotNext()) {
                    assertContent(1 + end.hostGot, got);
                    end.hostGot += got.length;
                }
            }
        }
        assertTrue(guest.stack.memory().used() <= MEMORY + 2L * PORTS * 100_000);
        assertTrue(guest.stack.connections() <= PORTS + 1);
    }

    private void seen(SeenSegment segment) {
        int port = (segment.ports() >>> 16) - ScriptedGuest.GUEST_PORT;
        if (port < 0 || port >= PORTS) {
            return; // an answer to anything()
        }
        End end = ends[port];
        if (segment.is(ScriptedGuest.SYN)) {
            end.theirFirst = segment.sequence();
        }
        byte[] payload = segment.payload();
        int place = segment.sequence() - end.theirFirst - 1;
        assertContent(place, payload);
        assertTrue(place + payload.length <= end.hostSaid || payload.length == 0);
        if (!segment.is(ScriptedGuest.RST)) {
            end.theirNext = segment.sequence() + payload.length + (segment.flags() & 1) + (segment.flags() >> 1 & 1);
            if (segment.is(ScriptedGuest.ACK)) {
                end.next = segment.acknowledgment();
            }
        }
    }

    /** The guest is gone, and hosts that have not answered do not. */
    private void silence() {
        guest.sink.room = Integer.MAX_VALUE;
        guest.stack.guestWritable();
        for (FakeHost host : guest.hosts) {
            HostSide side = host.pipeline().get(HostSide.class);
            if (side != null && !host.wanted()) {
                side.connected();
            }
        }
        for (int i = 0; i < 4; i++) {
            guest.pass(1, TimeUnit.HOURS);
            guest.sink.seen.clear();
        }
        assertEquals(0, guest.stack.connections());
        assertEquals(0, guest.stack.memory().used());
        for (FakeHost host : guest.hosts) {
            assertTrue(!host.isOpen());
        }
    }
}
