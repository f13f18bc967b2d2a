package dev.jvmm.usernet.tcp;

import static dev.jvmm.usernet.tcp.ScriptedGuest.ACK;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIN;
import static dev.jvmm.usernet.tcp.ScriptedGuest.PSH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the guest gets of what the host sends. */
class TcpSendingTest {
    private static final int MSS = 1460;

    private final ScriptedGuest guest = new ScriptedGuest();
    private final Random random = new Random(1);

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

    private byte[] says(int bytes) {
        byte[] data = new byte[bytes];
        random.nextBytes(data);
        guest.host().says(data);
        guest.run();
        return data;
    }

    /** Takes and acknowledges all that comes. */
    private byte[] takeAll() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!guest.sink.seen.isEmpty()) {
            SeenSegment next = guest.next();
            all.writeBytes(next.payload());
            guest.send(1, next.sequence() + next.payload().length - guest.theirs, ACK);
        }
        return all.toByteArray();
    }

    @Test
    void longDataComesInFewPackets() {
        byte[] data = says(500_000);
        List<Integer> sizes = new ArrayList<>();
        for (SeenSegment segment : guest.sink.seen) {
            sizes.add(segment.payload().length);
            assertEquals(MSS, segment.segmentSize());
        }
        assertEquals(List.of(10 * MSS), sizes); // RFC 6928's first window
        assertArrayEquals(data, takeAll());
    }

    @Test
    void aPacketIsNoLongerThanTheSinkTakes() {
        guest.sink.most = MSS + TcpSegment.HEADER;
        byte[] data = says(20_000);
        guest.sink.seen.forEach(segment -> assertEquals(0, segment.segmentSize()));
        guest.sink.seen.forEach(segment -> assertTrue(segment.payload().length <= MSS));
        assertArrayEquals(data, takeAll());
    }

    @Test
    void theLastSegmentPushes() {
        says(3000);
        assertTrue(guest.next().is(PSH));
    }

    @Test
    void smallPiecesGoAtOnce() {
        for (int i = 1; i < 100; i++) {
            says(1);
            guest.expect(i, 1, ACK | PSH);
        }
        assertTrue(guest.stack.memory().used() < 10_000);
    }

    @Test
    void theFinComesWithTheLastData() {
        guest.host().says("bye");
        guest.host().ends();
        guest.run();
        assertEquals("bye", guest.expect(1, 1, ACK | PSH | FIN).text());
        guest.pass(1, TimeUnit.SECONDS);
        assertEquals("bye", guest.expect(1, 1, ACK | PSH | FIN).text());
        guest.send(1, 5, ACK);
        assertEquals(TcpState.FIN_WAIT_2, guest.state());
    }

    @Test
    void theWindowIsKept() {
        guest.window = 40; // 5,120 bytes
        guest.send(1, 1, ACK);
        says(20_000);
        assertEquals(3 * MSS, guest.next().payload().length);
        guest.expectNothing();
        guest.send(1, 1 + MSS, ACK);
        guest.expectNothing(); // a bit over half a segment of room: too silly
        guest.send(1, 1 + 3 * MSS, ACK);
        assertEquals(3 * MSS, guest.next().payload().length);
    }

    @Test
    void aShutWindowIsProbedUntilItOpens() {
        guest.window = 0;
        guest.send(1, 1, ACK);
        byte[] data = says(3000);
        guest.expectNothing();
        for (int i = 0; i < 40; i++) {
            guest.pass(60, TimeUnit.SECONDS);
            assertEquals(1, guest.next().payload().length);
            for (SeenSegment probe : guest.sink.seen) {
                assertEquals(1, probe.payload().length);
                assertEquals(guest.theirs + 1, probe.sequence());
            }
            guest.sink.seen.clear();
            guest.send(1, 1, ACK);
        }
        assertEquals(TcpState.ESTABLISHED, guest.state());
        guest.sink.seen.clear();
        guest.window = 0xFFFF;
        guest.send(1, 1, ACK);
        assertArrayEquals(data, takeAll());
    }

    @Test
    void aShutWindowThatNobodyAnswersForEndsTheConnection() {
        guest.window = 0;
        guest.send(1, 1, ACK);
        says(10);
        guest.pass(20, TimeUnit.MINUTES);
        assertEquals(TcpState.CLOSED, guest.state());
        assertTrue(guest.host().wasReset());
        guest.sink.seen.clear();
    }

    @Test
    void aProbeMayBeTaken() {
        guest.window = 0;
        guest.send(1, 1, ACK);
        guest.host().says("xyz");
        guest.pass(200, TimeUnit.MILLISECONDS);
        assertEquals("x", guest.next().text());
        guest.window = 100;
        guest.send(1, 2, ACK);
        assertEquals("yz", guest.expect(2, 1, ACK | PSH).text());
    }

    @Test
    void aWindowThatStaysSillyIsUsedInTheEnd() {
        guest.window = 1; // 128 bytes, after more than that was offered
        guest.send(1, 1, ACK);
        says(3000);
        guest.expectNothing();
        guest.pass(2, TimeUnit.SECONDS);
        assertEquals(128, guest.next().payload().length);
    }

    @Test
    void whatIsLostComesAgainAndMoreSlowly() {
        says(100);
        guest.expect(1, 1, ACK | PSH);
        for (int i = 0; i < 4; i++) {
            guest.pass((200L << i) - 1, TimeUnit.MILLISECONDS);
            guest.expectNothing();
            guest.pass(1, TimeUnit.MILLISECONDS);
            guest.expect(1, 1, ACK | PSH);
            guest.expectNothing();
        }
        guest.send(1, 101, ACK);
        guest.pass(10, TimeUnit.MINUTES);
        guest.expectNothing();
    }

    @Test
    void aGuestThatAcknowledgesNothingIsGivenUp() {
        says(100);
        guest.pass(20, TimeUnit.MINUTES);
        assertEquals(TcpState.CLOSED, guest.state());
        assertTrue(guest.host().wasReset());
        assertEquals(0, guest.stack.memory().used());
        guest.sink.seen.clear();
    }

    @Test
    void afterATimeoutEverythingGoesAgainSlowly() {
        byte[] data = says(10 * MSS);
        assertEquals(10 * MSS, guest.next().payload().length);
        guest.pass(200, TimeUnit.MILLISECONDS);
        assertEquals(MSS, guest.next().payload().length);
        guest.expectNothing();
        guest.send(1, 1 + MSS, ACK);
        assertEquals(2 * MSS, guest.next().payload().length);
        guest.send(1, 1 + 10 * MSS, ACK);
        guest.expectNothing();
        assertEquals(10 * MSS, data.length);
    }

    @Test
    void aFullSinkLosesNothing() {
        guest.sink.room = 0;
        byte[] data = says(10_000);
        guest.expectNothing();
        guest.pass(1, TimeUnit.HOURS);
        assertEquals(TcpState.ESTABLISHED, guest.state());
        guest.sink.room = 1;
        guest.stack.guestWritable();
        guest.run();
        assertEquals(1, guest.sink.seen.size());
        guest.sink.room = Integer.MAX_VALUE;
        guest.stack.guestWritable();
        guest.run();
        assertArrayEquals(data, takeAll());
    }

    @Test
    void theHostIsReadNoFurtherThanTheBufferGoes() {
        int said = 0;
        do {
            says(50_000);
            said += 50_000;
        } while (guest.host().wanted() && said < 10 << 20);
        assertTrue(said > 500_000 && said <= (1 << 20) + 50_000, said + " bytes");
        assertEquals(said, takeAll().length);
        assertTrue(guest.host().wanted());
        assertEquals(0, guest.stack.memory().used());
    }

    @Test
    void tinyReadsDoNotEatMemory() {
        guest.window = 0;
        guest.send(1, 1, ACK);
        int said = 0;
        do {
            says(1);
            said++;
        } while (guest.host().wanted() && said < 3 << 20);
        assertTrue(said > 500_000, said + " bytes");
        assertTrue(guest.stack.memory().used() <= 1 << 20);
        assertFalse(guest.host().wanted());
        guest.sink.seen.clear();
    }

    @Test
    void theTimeoutFollowsTheRoundTrip() {
        for (int i = 0; i < 20; i++) {
            says(1);
            guest.pass(500, TimeUnit.MILLISECONDS);
            guest.sink.seen.clear();
            guest.send(1, 2 + i, ACK);
        }
        says(1);
        guest.next();
        guest.pass(499, TimeUnit.MILLISECONDS);
        guest.expectNothing();
        guest.pass(500, TimeUnit.MILLISECONDS);
        guest.expect(21, 1, ACK | PSH);
    }

    @Test
    void aGuestsTinySegmentsAreNoSmallerThanSense() {
        guest.close();
        ScriptedGuest tiny = new ScriptedGuest();
        tiny.with(2, 4, 0, 1).send(0, 0, ScriptedGuest.SYN);
        tiny.dialed.connected();
        tiny.theirs = tiny.next().sequence();
        tiny.send(1, 1, ACK);
        tiny.host().says("x".repeat(1000));
        tiny.run();
        assertEquals(88, tiny.next().segmentSize());
        tiny.sink.seen.clear();
        tiny.close();
    }
}
