package dev.jvmm.usernet.tcp;

import static dev.jvmm.usernet.tcp.ScriptedGuest.ACK;
import static dev.jvmm.usernet.tcp.ScriptedGuest.FIN;
import static dev.jvmm.usernet.tcp.ScriptedGuest.GUEST_PORT;
import static dev.jvmm.usernet.tcp.ScriptedGuest.RST;
import static dev.jvmm.usernet.tcp.ScriptedGuest.SYN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A guest that wants too much. */
class TcpLimitsTest {
    private static final int CONNECTIONS = 20;

    private final ScriptedGuest guest = new ScriptedGuest(limits(5));

    private static TcpLimits limits(int connecting) {
        return new TcpLimits(CONNECTIONS, connecting, 64 << 10, 64 << 10, 200_000, 4096, Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofHours(2), Duration.ofSeconds(60));
    }

    @AfterAll
    static void nothingIsLost() throws InterruptedException {
        Leaks.none();
    }

    @AfterEach
    void close() {
        guest.close();
    }

    private void openAll() {
        for (int i = 0; i < CONNECTIONS; i++) {
            guest.guestPort = GUEST_PORT + i;
            guest.open();
        }
    }

    @Test
    void aConnectionTooManyIsRefused() {
        openAll();
        guest.guestPort = GUEST_PORT + CONNECTIONS;
        guest.send(0, 0, SYN);
        guest.theirs = 0;
        guest.expect(0, 1, RST | ACK);
        assertEquals(CONNECTIONS, guest.hosts.size());
        guest.guestPort = GUEST_PORT;
        guest.send(1, 0, RST);
        guest.open();
    }

    @Test
    void onlySoManyHostsAreAskedAtOnce() {
        for (int i = 0; i < 10; i++) {
            guest.guestPort = GUEST_PORT + i;
            guest.send(0, 0, SYN);
        }
        guest.expectNothing();
        assertEquals(5, guest.hosts.size());
        guest.dialed.ended();
        guest.sink.seen.clear();
        guest.send(0, 0, SYN);
        assertEquals(6, guest.hosts.size());
    }

    @Test
    void connectionsThatWaitForLateSegmentsGiveWay() {
        openAll();
        for (FakeHost host : guest.hosts) {
            host.ends();
        }
        guest.run();
        for (SeenSegment fin : guest.sink.seen.toArray(new SeenSegment[0])) {
            guest.guestPort = fin.ports() >>> 16;
            guest.theirs = fin.sequence() - 1;
            guest.send(1, 2, ACK | FIN);
            assertEquals(TcpState.TIME_WAIT, guest.state());
        }
        guest.sink.seen.clear();
        guest.guestPort = GUEST_PORT + CONNECTIONS;
        guest.open();
        assertEquals(CONNECTIONS, guest.stack.connections());
    }

    @Test
    void whatAllConnectionsHoldTogetherIsBounded() {
        openAll();
        guest.window = 0;
        for (int i = 0; i < CONNECTIONS; i++) {
            guest.guestPort = GUEST_PORT + i;
            FakeHost host = guest.hosts.removeFirst();
            guest.hosts.addLast(host);
            int said = 0;
            do {
                host.says(new byte[2000]);
                guest.run();
                said += 2000;
            } while (host.wanted() && said < 1 << 20);
            assertTrue(said >= 4000, "each may have its floor");
        }
        assertTrue(guest.stack.memory().used() < 200_000 + CONNECTIONS * 8192, guest.stack.memory().used() + " bytes");
        guest.sink.seen.clear();
        guest.pass(1, TimeUnit.HOURS);
        assertEquals(0, guest.stack.memory().used());
        guest.sink.seen.clear();
    }

    @Test
    void hostsThatLingerCount() {
        openAll();
        for (FakeHost host : guest.hosts) {
            host.stuck = true;
            host.ends();
        }
        guest.run();
        for (SeenSegment fin : guest.sink.seen.toArray(new SeenSegment[0])) {
            guest.guestPort = fin.ports() >>> 16;
            guest.theirs = fin.sequence() - 1;
            guest.send(1, 2, ACK | FIN, "x");
        }
        guest.sink.seen.clear();
        guest.guestPort = GUEST_PORT + CONNECTIONS;
        guest.send(0, 0, SYN);
        guest.theirs = 0;
        guest.expect(0, 1, RST | ACK);
        guest.pass(61, TimeUnit.SECONDS);
        guest.hosts.forEach(host -> assertFalse(host.isOpen()));
        guest.open();
    }

    @Test
    void limitsMakeSense() {
        assertThrows(IllegalArgumentException.class,
                () -> new TcpLimits(0, 1, 4096, 4096, 0, 4096, Duration.ofSeconds(1),
                        Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)));
        assertThrows(IllegalArgumentException.class,
                () -> new TcpLimits(1, 1, 4095, 4096, 0, 4096, Duration.ofSeconds(1),
                        Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)));
    }
}
