package dev.jvmm.usernet.tcp;

import static dev.jvmm.usernet.tcp.ScriptedGuest.ACK;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIN;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIRST;
import static dev.jvmm.usernet.tcp.ScriptedGuest.PSH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the host gets of what the guest sends, and what the guest is told. */
class TcpReceivingTest {
    private static final int LIMIT = 1 << 20;

    private final ScriptedGuest guest = new ScriptedGuest();

    @BeforeEach
    void open() {
        guest.open();
    }

    @AfterAll
    static void nothingIsLost() throws InterruptedException {
        Leaks.none();
    }

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void aSmallSegmentIsAcknowledgedAfterAWhile() {
        guest.send(1, 1, ACK | PSH, "hello");
        assertEquals("hello", guest.host().got());
        guest.expectNothing();
        guest.pass(9, TimeUnit.MILLISECONDS);
        guest.expectNothing();
        guest.pass(1, TimeUnit.MILLISECONDS);
        guest.expect(1, 6, ACK);
        guest.pass(1, TimeUnit.MINUTES);
        guest.expectNothing();
    }

    @Test
    void anAnswerBearsTheAcknowledgment() {
        guest.send(1, 1, ACK | PSH, "hello");
        guest.host().says("world");
        guest.run();
        assertEquals("world", guest.expect(1, 6, ACK | PSH).text());
        guest.pass(100, TimeUnit.MILLISECONDS);
        guest.expectNothing();
    }

    @Test
    void twoSegmentsAreAcknowledgedAtOnce() {
        guest.send(1, 1, ACK, "a".repeat(1460));
        guest.expectNothing();
        guest.send(1461, 1, ACK, "b".repeat(1460));
        guest.expect(1, 2921, ACK);
    }

    @Test
    void oneTurnHasOneAcknowledgment() {
        byte[] piece = new byte[60_000];
        guest.raw(FIRST + 1, guest.theirs + 1, ACK, piece);
        guest.expect(1, 60_001, ACK);
        for (int i = 1; i < 5; i++) {
            guest.rawLater(FIRST + 1 + i * piece.length, guest.theirs + 1, ACK, piece);
        }
        guest.run();
        guest.expect(1, 300_001, ACK);
        guest.expectNothing();
    }

    @Test
    void whatComesBeforeItsTurnWaits() {
        guest.send(4, 1, ACK, "def");
        SeenSegment told = guest.expect(1, 1, ACK);
        assertEquals(1, told.sacks());
        assertEquals(FIRST + 4, told.sackLeft());
        assertEquals(FIRST + 7, told.sackRight());
        guest.send(10, 1, ACK, "jkl");
        told = guest.expect(1, 1, ACK);
        assertEquals(2, told.sacks());
        assertEquals(FIRST + 10, told.sackLeft()); // the newest comes first
        guest.send(1, 1, ACK, "abc");
        assertEquals("abcdef", guest.host().got());
        told = guest.expect(1, 7, ACK);
        assertEquals(1, told.sacks());
        guest.send(7, 1, ACK, "ghi");
        assertEquals("ghijkl", guest.host().got());
        assertEquals(0, guest.expect(1, 13, ACK).sacks());
    }

    @Test
    void dataBearsNoSackSoAnAcknowledgmentFollows() {
        guest.host().says("x");
        guest.send(4, 1, ACK, "def");
        guest.expect(1, 1, ACK | PSH);
        assertEquals(1, guest.expect(2, 1, ACK).sacks());
    }

    @Test
    void overlapsAreCut() {
        guest.send(3, 1, ACK, "cdef");
        guest.send(5, 1, ACK, "efgh");
        guest.send(1, 1, ACK, "abcd");
        assertEquals("abcdefgh", guest.host().got());
        guest.send(3, 1, ACK, "cdefghij");
        assertEquals("ij", guest.host().got());
        guest.sink.seen.clear();
    }

    @Test
    void anOldSegmentIsAcknowledgedAgain() {
        guest.send(1, 1, ACK, "abc");
        guest.pass(1, TimeUnit.SECONDS);
        guest.expect(1, 4, ACK);
        guest.send(1, 1, ACK, "abc");
        guest.expect(1, 4, ACK);
        assertEquals("abc", guest.host().got());
    }

    @Test
    void aFinBeforeItsTurnWaits() {
        guest.send(4, 1, ACK | FIN, "def");
        assertEquals(TcpState.ESTABLISHED, guest.state());
        guest.send(1, 1, ACK, "abc");
        assertEquals("abcdef", guest.host().got());
        assertEquals(TcpState.CLOSE_WAIT, guest.state());
        guest.sink.seen.clear();
    }

    @Test
    void whatIsBeyondTheWindowIsCutOff() {
        guest.host().stuck = true;
        int sent = fill();
        guest.send(1 + sent, 1, ACK, "beyond".repeat(100));
        guest.sink.seen.clear();
        assertTrue(guest.stack.memory().used() < 2 * LIMIT);
        guest.host().takes();
        assertEquals(sent, guest.host().got().length());
    }

    @Test
    void aWindowThatShortSegmentsShutOpensToo() {
        guest.host().stuck = true;
        int sent = 0;
        int window = 1;
        while (window > 0) {
            guest.send(1 + sent, 1, ACK, "x".repeat(1460));
            sent += 1460;
            guest.send(1 + sent, 1, ACK, "x".repeat(1460));
            sent += 1460;
            window = guest.sink.seen.getLast().window();
            assertTrue(sent < 2 * LIMIT);
        }
        guest.sink.seen.clear();
        guest.host().takes();
        guest.run();
        assertTrue(guest.next().window() << 5 > LIMIT / 2);
    }

    /** Sends until the window is shut. @return how many bytes */
    private int fill() {
        int sent = 0;
        int open = 0xFFFF;
        while (open > 0) {
            int length = Math.min(open, 50_000);
            guest.send(1 + sent, 1, ACK, "x".repeat(length));
            sent += length;
            guest.pass(20, TimeUnit.MILLISECONDS);
            while (!guest.sink.seen.isEmpty()) {
                SeenSegment told = guest.next();
                open = told.acknowledgment() + (told.window() << 5) - (FIRST + 1 + sent);
            }
            assertTrue(sent < 4 * LIMIT);
        }
        // what a scaled window can not say: less than 32 bytes
        guest.send(1 + sent, 1, ACK, "x".repeat(31));
        guest.pass(20, TimeUnit.MILLISECONDS);
        sent = guest.sink.seen.getLast().acknowledgment() - FIRST - 1;
        guest.sink.seen.clear();
        return sent;
    }

    @Test
    void aHostThatTakesNothingShutsTheWindowAndOpensItLater() {
        guest.host().stuck = true;
        int sent = fill();
        assertTrue(sent > LIMIT / 2 && sent <= LIMIT, sent + " bytes");
        guest.send(sent, 1, ACK, "p"); // asks
        assertEquals(0, guest.expect(1, 1 + sent, ACK).window());
        guest.host().takes();
        guest.run();
        SeenSegment told = guest.expect(1, 1 + sent, ACK);
        assertTrue(told.window() << 5 > LIMIT / 2);
        assertEquals(sent, guest.host().got().length());
    }

    @Test
    void aShutWindowStillTakesAcknowledgments() {
        guest.host().stuck = true;
        int sent = fill();
        guest.host().says("abc");
        guest.run();
        guest.expect(1, 1 + sent, ACK | PSH);
        guest.send(1 + sent, 4, ACK, "p"); // a probe that acknowledges
        guest.expect(4, 1 + sent, ACK);
        guest.pass(1, TimeUnit.MINUTES);
        guest.expectNothing();
    }

    @Test
    void aLiarsTinyPiecesAreBounded() {
        for (int i = 0; i < 2000; i++) {
            guest.send(3 + 2 * i, 1, ACK, "x");
        }
        guest.sink.seen.clear();
        guest.send(1, 1, ACK, "ab");
        assertEquals("abx", guest.host().got());
        assertTrue(guest.stack.memory().used() <= ReceiveQueue.MOST * (1 + Memory.BUFFER));
        guest.sink.seen.clear();
    }

    @Test
    void singleBytesForAHostThatTakesNothingCountForMore() {
        try (ScriptedGuest poor = new ScriptedGuest(limits(64 << 10, 1 << 20))) {
            poor.open();
            poor.host().stuck = true;
            for (int i = 0; i < 2000; i++) {
                poor.send(1 + i, 1, ACK, "x");
            }
            poor.pass(20, TimeUnit.MILLISECONDS);
            int taken = poor.sink.seen.getLast().acknowledgment() - FIRST - 1;
            assertTrue(taken < 2 * (64 << 10) / Memory.BUFFER, taken + " bytes");
            poor.sink.seen.clear();
            poor.host().takes();
            assertEquals(taken, poor.host().got().length());
        }
    }

    private static TcpLimits limits(int buffer, int memory) {
        return new TcpLimits(10, 10, buffer, buffer, memory, 4096, TcpLimits.DEFAULT.connectTimeout(),
                TcpLimits.DEFAULT.timeWait(),
                TcpLimits.DEFAULT.keepAlive(), TcpLimits.DEFAULT.linger());
    }

    @Test
    void whatHasNoRoomInTheStacksMemoryComesAgain() {
        try (ScriptedGuest poor = new ScriptedGuest(limits(1 << 20, 50_000))) {
            poor.open();
            poor.host().stuck = true;
            for (int i = 0; i < 20; i++) {
                poor.send(1 + 20_000 * i, 1, ACK, "y".repeat(20_000));
            }
            assertTrue(poor.stack.memory().used() < 60_000, poor.stack.memory().used() + " bytes");
            int have = poor.sink.seen.getLast().acknowledgment() - FIRST - 1;
            poor.host().takes();
            assertEquals(have, poor.host().got().length());
            poor.send(1 + have, 1, ACK, "z".repeat(3000));
            assertEquals(3000, poor.host().got().length());
            poor.sink.seen.clear();
        }
    }

    @Test
    void longPayloadsAreNotCopied() {
        byte[] data = new byte[60_000];
        data[59_999] = 7;
        guest.raw(FIRST + 1, guest.theirs + 1, ACK, data);
        ByteBuf got = guest.host().readOutbound();
        assertTrue(got.unwrap() != null);
        byte[] bytes = new byte[got.readableBytes()];
        got.readBytes(bytes).release();
        assertArrayEquals(data, bytes);
        guest.sink.seen.clear();
    }

    @Test
    void aHostThatIsGoneMakesAReset() {
        guest.host().close();
        guest.run();
        guest.send(1, 1, ACK, "abc");
        SeenSegment told = guest.next();
        assertTrue(told.is(ScriptedGuest.RST));
        assertEquals(TcpState.CLOSED, guest.state());
        assertFalse(guest.host().isOpen());
        guest.sink.seen.clear();
    }
}
