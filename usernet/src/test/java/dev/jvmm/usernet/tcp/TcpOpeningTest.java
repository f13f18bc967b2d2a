package dev.jvmm.usernet.tcp;

import static dev.jvmm.usernet.tcp.ScriptedGuest.ACK;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIN;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIRST;
import static dev.jvmm.usernet.tcp.ScriptedGuest.GUEST;
import static dev.jvmm.usernet.tcp.ScriptedGuest.PEER;
import static dev.jvmm.usernet.tcp.ScriptedGuest.RST;
import static dev.jvmm.usernet.tcp.ScriptedGuest.SYN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How connections begin, and how they do not. */
class TcpOpeningTest {
    private final ScriptedGuest guest = new ScriptedGuest();

    @AfterAll
    static void nothingIsLost() throws InterruptedException {
        Leaks.none();
    }

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void aSynIsAnsweredWhenTheHostHas() {
        guest.beginOpening();
        assertEquals(TcpState.SYN_RECEIVED, guest.state());
        guest.send(1, 1, ACK);
        assertEquals(TcpState.ESTABLISHED, guest.state());
        guest.expectNothing();
    }

    @Test
    void theAnswerOffersWhatTheGuestKnows() {
        guest.with(2, 4, 5, 0xB4, 1, 1, 4, 2, 1, 3, 3, 7).send(0, 0, SYN);
        guest.dialed.connected();
        SeenSegment answer = guest.next();
        assertEquals(PEER, answer.from());
        assertEquals(GUEST, answer.to());
        assertEquals(1460, answer.mss());
        assertTrue(answer.sackPermitted());
        assertEquals(5, answer.scale()); // 1 MiB
        assertEquals(0xFFFF, answer.window());
    }

    @Test
    void theAnswerOffersNothingTheGuestDoesNotKnow() {
        guest.send(0, 0, SYN);
        guest.dialed.connected();
        SeenSegment answer = guest.next();
        assertEquals(1460, answer.mss());
        assertFalse(answer.sackPermitted());
        assertEquals(-1, answer.scale());
    }

    @Test
    void aHostThatRefusesMakesAReset() {
        guest.send(0, 0, SYN);
        guest.dialed.ended();
        guest.expect(0, 1, RST | ACK);
        assertEquals(TcpState.CLOSED, guest.state());
    }

    @Test
    void aTargetThatIsNoneMakesAReset() {
        guest.target = Optional.empty();
        guest.send(0, 0, SYN);
        guest.expect(0, 1, RST | ACK);
    }

    @Test
    void segmentsOfNoConnectionAreReset() {
        guest.send(5, 77, ACK, "abc");
        guest.expect(77, 0, RST);
        guest.send(5, 0, 0, "abc");
        guest.expect(0, 8, RST | ACK);
        guest.send(5, 0, FIN);
        guest.expect(0, 6, RST | ACK);
        guest.send(5, 0, RST);
        guest.expectNothing();
        guest.send(0, 9, SYN | ACK);
        guest.expect(9, 0, RST);
    }

    @Test
    void aRepeatedSynWaitsWithTheFirst() {
        guest.send(0, 0, SYN);
        guest.send(0, 0, SYN);
        assertEquals(1, guest.hosts.size());
        guest.expectNothing();
    }

    @Test
    void anotherSynWhileTheHostThinksBeginsAnew() {
        guest.send(0, 0, SYN);
        HostSide old = guest.dialed;
        guest.send(100, 0, SYN);
        assertEquals(2, guest.hosts.size());
        old.connected();
        guest.expectNothing();
        guest.dialed.connected();
        assertEquals(FIRST + 101, guest.next().acknowledgment());
        assertEquals(1, guest.stack.connections());
    }

    @Test
    void theGuestMayGiveUpWhileTheHostThinks() {
        guest.send(0, 0, SYN);
        guest.send(1, 0, RST);
        assertEquals(TcpState.CLOSED, guest.state());
        assertFalse(guest.host().isOpen());
        guest.dialed.connected();
        guest.expectNothing();
    }

    @Test
    void theAnswerIsRepeatedAndThenGivenUp() {
        guest.beginOpening();
        for (int i = 1; i < Sender.MOST_SYN_TRIES; i++) {
            guest.pass(1 << i - 1, TimeUnit.SECONDS);
            guest.expect(0, 1, SYN | ACK);
        }
        guest.pass(1 << Sender.MOST_SYN_TRIES - 1, TimeUnit.SECONDS);
        guest.expect(1, 1, RST | ACK);
        assertEquals(TcpState.CLOSED, guest.state());
        assertTrue(guest.host().wasReset());
    }

    @Test
    void aSynThatComesAgainIsAnsweredAgain() {
        guest.beginOpening();
        guest.send(0, 0, SYN);
        guest.expect(0, 1, SYN | ACK);
    }

    @Test
    void aWrongAcknowledgmentOfTheAnswerIsReset() {
        guest.beginOpening();
        guest.send(1, 2, ACK);
        guest.expect(2, 0, RST);
        assertEquals(TcpState.SYN_RECEIVED, guest.state());
    }

    @Test
    void aResetEndsAHalfOpenConnection() {
        guest.beginOpening();
        guest.send(1, 0, RST);
        assertEquals(TcpState.CLOSED, guest.state());
        assertTrue(guest.host().wasReset());
    }

    @Test
    void dataAndFinMayComeWithTheLastStepOfTheHandshake() {
        guest.beginOpening();
        guest.send(1, 1, ACK | FIN, "all");
        assertEquals("all", guest.host().got());
        assertEquals(TcpState.CLOSE_WAIT, guest.state());
        guest.expect(1, 5, ACK);
        assertTrue(guest.host().isOutputShutdown());
    }

    @Test
    void initialSequenceNumbersDifferBetweenConnectionsAndInTime() {
        guest.beginOpening();
        int first = guest.theirs;
        guest.send(1, 0, RST);
        guest.pass(1, TimeUnit.SECONDS);
        guest.beginOpening();
        int later = guest.theirs;
        assertEquals(1_000_000_000 >> 12, later - first); // RFC 6528: the clock that both have
        guest.guestPort++;
        guest.beginOpening();
        assertNotEquals(later, guest.theirs);
    }

    // ---- towards the guest

    private FakeHost forward() {
        FakeHost incoming = new FakeHost();
        incoming.loop = Optional.of(guest.loop().eventLoop());
        guest.hosts.add(incoming);
        guest.stack.accept(incoming, PEER, GUEST, ScriptedGuest.GUEST_PORT);
        guest.run();
        return incoming;
    }

    private int openedPort() {
        SeenSegment syn = guest.next();
        assertEquals(SYN, syn.flags());
        assertEquals(1460, syn.mss());
        assertEquals(5, syn.scale());
        assertTrue(syn.sackPermitted());
        guest.theirs = syn.sequence();
        return syn.ports() & 0xFFFF;
    }

    private void answer(int port, int sequence, int acknowledgment, int flags) {
        ByteBuf segment = Unpooled.directBuffer();
        segment.writeShort(ScriptedGuest.GUEST_PORT).writeShort(port).writeInt(FIRST + sequence);
        segment.writeInt(guest.theirs + acknowledgment).writeShort(TcpSegment.HEADER << 10 | flags).writeShort(1000)
                .writeInt(0);
        guest.stack.input(GUEST, PEER, segment);
        segment.release();
        guest.run();
    }

    @Test
    void aForwardedConnectionIsOpenedInTheGuest() {
        FakeHost host = forward();
        int port = openedPort();
        answer(port, 0, 1, SYN | ACK);
        guest.expect(1, 1, ACK);
        assertTrue(host.wanted());
        host.says("hello");
        guest.run();
        assertEquals("hello", guest.expect(1, 1, ACK | TcpSegment.PSH).text());
    }

    @Test
    void aForwardedConnectionIsRefusedByTheGuest() {
        FakeHost host = forward();
        answer(openedPort(), 0, 1, RST | ACK);
        assertTrue(host.wasReset());
        assertEquals(0, guest.stack.connections());
        guest.expectNothing();
    }

    @Test
    void anAnswerToNothingWeSaidIsReset() {
        FakeHost host = forward();
        int port = openedPort();
        answer(port, 0, 5, SYN | ACK);
        guest.expect(5, 0, RST);
        answer(port, 0, 5, RST | ACK);
        answer(port, 0, 0, RST);
        assertTrue(host.isOpen());
        assertEquals(1, guest.stack.connections());
    }

    @Test
    void bothMayOpenAtOnce() {
        FakeHost host = forward();
        int port = openedPort();
        answer(port, 0, 0, SYN);
        guest.expect(0, 1, SYN | ACK);
        answer(port, 0, 1, SYN | ACK);
        host.says("x");
        guest.run();
        assertEquals("x", guest.next().text());
    }

    @Test
    void aGuestThatDoesNotAnswerIsGivenUp() {
        FakeHost host = forward();
        openedPort();
        guest.pass(100, TimeUnit.SECONDS);
        assertTrue(host.wasReset());
        assertEquals(Sender.MOST_SYN_TRIES - 1, guest.sink.seen.size());
        guest.sink.seen.clear();
    }

    @Test
    void forwardedConnectionsHaveTheirOwnPorts() {
        forward();
        int one = openedPort();
        forward();
        assertNotEquals(one, openedPort());
    }

    @Test
    void aChannelOfAnotherLoopIsClosed() {
        EmbeddedChannel other = new EmbeddedChannel();
        guest.stack.accept(other, PEER, GUEST, 22);
        assertFalse(other.isOpen());
        guest.expectNothing();
    }
}
