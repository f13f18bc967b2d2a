package dev.jvmm.usernet.tcp;

import static dev.jvmm.usernet.tcp.ScriptedGuest.ACK;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.usernet.testing.Leaks;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Segments that the guest has lost, and how it says so. */
class TcpLossTest {
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

    private void says(int bytes) {
        byte[] data = new byte[bytes];
        random.nextBytes(data);
        guest.host().says(data);
        guest.run();
    }

    @Test
    void threeDuplicatesBringTheLostSegment() {
        says(10 * MSS);
        byte[] sent = guest.next().payload();
        guest.send(1, 1, ACK);
        guest.send(1, 1, ACK);
        guest.expectNothing();
        guest.send(1, 1, ACK);
        SeenSegment again = guest.expect(1, 1, ACK);
        assertEquals(MSS, again.payload().length);
        assertEquals(sent[0], again.payload()[0]);
        guest.send(1, 1 + 10 * MSS, ACK);
        guest.expectNothing();
    }

    @Test
    void aPartialAcknowledgmentBringsTheNextGap() {
        says(10 * MSS);
        guest.next();
        for (int i = 0; i < 3; i++) {
            guest.send(1, 1, ACK);
        }
        guest.expect(1, 1, ACK);
        guest.send(1, 1 + 4 * MSS, ACK);
        guest.expect(1 + 4 * MSS, 1, ACK);
    }

    @Test
    void sackBringsExactlyWhatIsMissing() {
        says(10 * MSS);
        guest.next();
        guest.withSack(1 + 2 * MSS, 1 + 7 * MSS).send(1, 1, ACK);
        SeenSegment gap = guest.expect(1, 1, ACK);
        assertEquals(2 * MSS, gap.payload().length);
        guest.withSack(1 + 8 * MSS, 1 + 10 * MSS).send(1, 1 + 7 * MSS, ACK);
        assertEquals(MSS, guest.expect(1 + 7 * MSS, 1, ACK).payload().length);
        guest.send(1, 1 + 10 * MSS, ACK);
        guest.expectNothing();
        guest.pass(10, TimeUnit.MINUTES);
        guest.expectNothing();
    }

    @Test
    void sackCountsThoughTheWindowGrows() {
        says(10 * MSS);
        guest.next();
        for (int i = 0; i < 3; i++) {
            guest.window -= 10;
            guest.withSack(1 + MSS, 1 + (2 + i) * MSS).send(1, 1, ACK);
        }
        assertEquals(MSS, guest.expect(1, 1, ACK).payload().length);
        guest.expectNothing();
    }

    @Test
    void theFirstDuplicatesLetNewDataOut() {
        says(20 * MSS);
        assertEquals(10 * MSS, guest.next().payload().length);
        guest.withSack(1 + MSS, 1 + 2 * MSS).send(1, 1, ACK);
        assertEquals(MSS, guest.expect(1 + 10 * MSS, 1, ACK).payload().length);
    }

    @Test
    void sackOfWhatWasNeverSentIsNotBelieved() {
        says(10 * MSS);
        guest.next();
        guest.withSack(1 + 5 * MSS, 1 + 20 * MSS).send(1, 1, ACK);
        guest.withSack(-5000, 5).send(1, 1, ACK);
        guest.expectNothing();
    }
}
