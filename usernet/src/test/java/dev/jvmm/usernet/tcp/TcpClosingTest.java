package dev.jvmm.usernet.tcp;

import static dev.jvmm.usernet.tcp.ScriptedGuest.ACK;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIN;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIRST;
import static dev.jvmm.usernet.tcp.ScriptedGuest.PSH;
import static dev.jvmm.usernet.tcp.ScriptedGuest.RST;
import static dev.jvmm.usernet.tcp.ScriptedGuest.SYN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How connections end: every way through RFC 9293's states from ESTABLISHED on. */
class TcpClosingTest {
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
    void theGuestClosesFirstAndTheHostGoesOn() {
        guest.send(1, 1, ACK | FIN);
        guest.expect(1, 2, ACK);
        assertEquals(TcpState.CLOSE_WAIT, guest.state());
        assertTrue(guest.host().isOutputShutdown());
        guest.host().says("more");
        guest.run();
        assertEquals("more", guest.expect(1, 2, ACK | PSH).text());
        guest.host().ends();
        guest.run();
        guest.expect(5, 2, ACK | FIN);
        assertEquals(TcpState.LAST_ACK, guest.state());
        guest.send(2, 6, ACK);
        assertEquals(TcpState.CLOSED, guest.state());
        assertFalse(guest.host().isOpen());
        guest.expectNothing();
    }

    @Test
    void theHostClosesFirstAndTheGuestGoesOn() {
        guest.host().ends();
        guest.run();
        guest.expect(1, 1, ACK | FIN);
        assertEquals(TcpState.FIN_WAIT_1, guest.state());
        guest.send(1, 2, ACK);
        assertEquals(TcpState.FIN_WAIT_2, guest.state());
        guest.send(1, 2, ACK, "more");
        assertEquals("more", guest.host().got());
        guest.send(5, 2, ACK | FIN);
        guest.expect(2, 6, ACK);
        assertEquals(TcpState.TIME_WAIT, guest.state());
        assertFalse(guest.host().isOpen());
        guest.pass(61, TimeUnit.SECONDS);
        assertEquals(TcpState.CLOSED, guest.state());
    }

    @Test
    void finAndItsAcknowledgmentComeTogether() {
        guest.host().ends();
        guest.run();
        guest.expect(1, 1, ACK | FIN);
        guest.send(1, 2, ACK | FIN);
        guest.expect(2, 2, ACK);
        assertEquals(TcpState.TIME_WAIT, guest.state());
    }

    @Test
    void bothCloseAtOnce() {
        guest.host().ends();
        guest.run();
        guest.expect(1, 1, ACK | FIN);
        guest.send(1, 1, ACK | FIN);
        assertEquals(TcpState.CLOSING, guest.state());
        guest.expect(2, 2, ACK);
        guest.send(2, 2, ACK);
        assertEquals(TcpState.TIME_WAIT, guest.state());
        guest.expectNothing();
    }

    @Test
    void aFinThatComesAgainIsAcknowledgedAgainAndWaitsAnew() {
        bothClosed();
        guest.pass(50, TimeUnit.SECONDS);
        guest.send(1, 2, ACK | FIN);
        guest.expect(2, 2, ACK);
        guest.pass(50, TimeUnit.SECONDS);
        assertEquals(TcpState.TIME_WAIT, guest.state());
        guest.pass(11, TimeUnit.SECONDS);
        assertEquals(TcpState.CLOSED, guest.state());
    }

    private void bothClosed() {
        guest.host().ends();
        guest.run();
        guest.send(1, 2, ACK | FIN);
        assertEquals(TcpState.TIME_WAIT, guest.state());
        guest.sink.seen.clear();
    }

    @Test
    void aNewSynEndsTheWaitForLateSegments() {
        bothClosed();
        guest.send(1, 0, SYN); // an old number: no
        assertEquals(TcpState.TIME_WAIT, guest.state());
        guest.sink.seen.clear();
        guest.send(1000, 0, SYN);
        assertEquals(TcpState.CONNECTING, guest.state());
        assertEquals(2, guest.hosts.size());
    }

    @Test
    void aResetEndsTheWaitForLateSegments() {
        bothClosed();
        guest.send(2, 0, RST);
        assertEquals(TcpState.CLOSED, guest.state());
    }

    @Test
    void aResetFromTheGuestResetsTheHost() {
        guest.send(1, 0, RST);
        assertEquals(TcpState.CLOSED, guest.state());
        assertTrue(guest.host().wasReset());
        guest.expectNothing();
    }

    @Test
    void aResetFromTheHostResetsTheGuest() {
        guest.host().breaks();
        guest.run();
        guest.expect(1, 1, RST | ACK);
        assertEquals(TcpState.CLOSED, guest.state());
    }

    @Test
    void aResetThatMissesTheNextNumberIsQuestioned() {
        guest.send(2, 0, RST);
        guest.expect(1, 1, ACK);
        assertEquals(TcpState.ESTABLISHED, guest.state());
        guest.send(-5, 0, RST);
        guest.send(1 << 21, 0, RST);
        guest.expectNothing();
        assertEquals(TcpState.ESTABLISHED, guest.state());
    }

    @Test
    void aSynOnAnOpenConnectionIsQuestioned() {
        guest.send(10, 0, SYN);
        guest.expect(1, 1, ACK);
        guest.send(0, 0, SYN);
        guest.expect(1, 1, ACK);
        assertEquals(TcpState.ESTABLISHED, guest.state());
    }

    @Test
    void anAcknowledgmentOfWhatWasNotSentIsQuestioned() {
        guest.send(1, 2, ACK, "lie");
        guest.expect(1, 1, ACK);
        assertEquals("", guest.host().got());
        guest.send(1, -(1 << 24), ACK, "lie");
        guest.expect(1, 1, ACK);
        assertEquals("", guest.host().got());
    }

    @Test
    void questionsAreFewInASecond() {
        for (int i = 0; i < 100; i++) {
            guest.send(2, 0, RST);
        }
        assertEquals(10, guest.sink.seen.size());
        guest.sink.seen.clear();
        guest.pass(2, TimeUnit.SECONDS);
        guest.send(2, 0, RST);
        guest.expect(1, 1, ACK);
    }

    @Test
    void aSegmentWithoutAcknowledgmentCountsForNothing() {
        guest.send(1, 0, 0, "data");
        assertEquals("", guest.host().got());
        guest.expectNothing();
    }

    @Test
    void theGuestIsAskedWhenItIsSilentForHours() {
        guest.pass(119, TimeUnit.MINUTES);
        guest.expectNothing();
        guest.pass(2, TimeUnit.MINUTES);
        guest.expect(0, 1, ACK);
        guest.sink.seen.clear();
        guest.send(1, 1, ACK);
        guest.pass(119, TimeUnit.MINUTES);
        guest.expectNothing();
        assertEquals(TcpState.ESTABLISHED, guest.state());
    }

    @Test
    void aGuestThatIsNoMoreIsGivenUp() {
        guest.pass(150, TimeUnit.MINUTES);
        assertEquals(TcpState.CLOSED, guest.state());
        assertTrue(guest.host().wasReset());
        assertEquals(10, guest.sink.seen.size()); // nine questions and the reset
    }

    @Test
    void theFinIsSentAgainUntilItIsAcknowledged() {
        guest.host().ends();
        guest.run();
        guest.expect(1, 1, ACK | FIN);
        guest.pass(1, TimeUnit.SECONDS);
        guest.expect(1, 1, ACK | FIN);
        guest.sink.seen.clear();
        guest.pass(20, TimeUnit.MINUTES);
        assertEquals(TcpState.CLOSED, guest.state());
        assertTrue(guest.host().wasReset());
    }

    @Test
    void theHostGetsAllBeforeItHearsOfTheEnd() {
        guest.host().stuck = true;
        guest.send(1, 1, ACK | FIN, "last words");
        guest.expect(1, 12, ACK);
        assertFalse(guest.host().isOutputShutdown());
        guest.host().takes();
        assertEquals("last words", guest.host().got());
        assertTrue(guest.host().isOutputShutdown());
    }

    @Test
    void aConnectionEndsBeforeItsHostHasTakenAll() {
        guest.host().stuck = true;
        guest.host().ends();
        guest.run();
        guest.send(1, 2, ACK | FIN, "last words");
        assertEquals(TcpState.TIME_WAIT, guest.state());
        guest.pass(61, TimeUnit.SECONDS);
        assertEquals(TcpState.CLOSED, guest.state());
        assertFalse(guest.host().isOpen()); // it has taken nothing for a minute
    }

    @Test
    void aSlowHostKeepsItsTimeAfterTheConnection() {
        guest.host().stuck = true;
        guest.host().ends();
        guest.run();
        guest.send(1, 2, ACK | FIN, "last words");
        guest.pass(30, TimeUnit.SECONDS);
        assertTrue(guest.host().isOpen());
        guest.host().takes();
        assertEquals("last words", guest.host().got());
        assertFalse(guest.host().isOpen());
    }

    @Test
    void dataAfterTheGuestsOwnEndIsNotTaken() {
        guest.send(1, 1, ACK | FIN, "abc");
        guest.expect(1, 5, ACK);
        guest.send(5, 1, ACK, "lie");
        guest.expect(1, 5, ACK);
        assertEquals("abc", guest.host().got());
    }

    @Test
    void sequenceNumbersWrap() {
        assertTrue(FIRST + 100 < 0);
        guest.send(1, 1, ACK, "a".repeat(50));
        guest.send(51, 1, ACK, "b".repeat(50));
        assertEquals("a".repeat(50) + "b".repeat(50), guest.host().got());
    }
}
