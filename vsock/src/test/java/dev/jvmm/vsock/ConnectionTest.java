package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state machine of the package's documentation, transition by transition, seen from both ends. */
class ConnectionTest extends VsockFixture {
    /** Asks for the guest's port, and the guest accepts; returns the host's port. */
    private int accepted(SocketChannel program) throws IOException {
        write(program, "CONNECT 1024\n");
        int hostPort = guest.next(Packet.REQUEST, GUEST_PORT).hostPort();
        guest.send(Packet.RESPONSE, GUEST_PORT, hostPort);
        String line = "OK " + hostPort + "\n";
        assertEquals(line, new String(read(program, line.length())));
        return hostPort;
    }

    @Test
    void theGuestAsksAndIsAnswered() throws IOException {
        try (SocketChannel host = opened(7)) {
            guest.data(7, HOST_PORT, "hello".getBytes());
            assertEquals("hello", new String(read(host, 5)));
            write(host, "world");
            assertEquals("world", new String(guest.data(7, 5)));
        }
    }

    @Test
    void theGuestAsksAndNobodyListens() {
        guest.send(Packet.REQUEST, 7, HOST_PORT);
        assertEquals(HOST_PORT, guest.next(Packet.RST, 7).hostPort());
    }

    @Test
    void theHostAsksAndTheGuestAccepts() throws IOException {
        SocketChannel program = program();
        int hostPort = accepted(program);
        assertTrue(hostPort >= 1 << 30);
        write(program, "ping");
        assertEquals("ping", new String(guest.data(GUEST_PORT, 4)));
        guest.data(GUEST_PORT, hostPort, "pong".getBytes());
        assertEquals("pong", new String(read(program, 4)));
    }

    @Test
    void theHostAsksAndTheGuestRefuses() throws IOException {
        SocketChannel program = program();
        write(program, "CONNECT 1024\n");
        int hostPort = guest.next(Packet.REQUEST, GUEST_PORT).hostPort();
        guest.send(Packet.RST, GUEST_PORT, hostPort);
        assertEquals("", rest(program));
    }

    @ParameterizedTest
    @ValueSource(ints = { Packet.RW, Packet.SHUTDOWN, Packet.CREDIT_UPDATE, Packet.CREDIT_REQUEST, 0, 8, 0xFFFF })
    void whatIsNoAnswerEndsAConnectionThatWasAskedFor(int operation) throws IOException {
        SocketChannel program = program();
        write(program, "CONNECT 1024\n");
        int hostPort = guest.next(Packet.REQUEST, GUEST_PORT).hostPort();
        guest.send(operation, GUEST_PORT, hostPort);
        assertEquals(hostPort, guest.next(Packet.RST, GUEST_PORT).hostPort());
        assertEquals("", rest(program));
    }

    /** What follows the line is the guest's, also from a program that does not stay (Cloud Hypervisor #3485, #6621). */
    @Test
    void aProgramSaysAllAndGoes() throws IOException {
        SocketChannel program = program();
        write(program, "CONNECT 1024\nall there is");
        program.close();
        int hostPort = guest.next(Packet.REQUEST, GUEST_PORT).hostPort();
        guest.send(Packet.RESPONSE, GUEST_PORT, hostPort);
        assertEquals("all there is", new String(guest.data(GUEST_PORT, 12)));
        assertEquals(3, guest.next(Packet.SHUTDOWN, GUEST_PORT).flags());
        guest.send(Packet.RST, GUEST_PORT, hostPort);
    }

    /** Half-close from the host (Cloud Hypervisor #8300, #8372): the answer still comes. */
    @Test
    void theHostEndsItsSendingAndGetsItsAnswer() throws IOException {
        try (SocketChannel host = opened(7)) {
            write(host, "question");
            host.shutdownOutput();
            assertEquals("question", new String(guest.data(7, 8)));
            assertEquals(Packet.SHUTDOWN_SEND, guest.next(Packet.SHUTDOWN, 7).flags());
            guest.data(7, HOST_PORT, "answer".getBytes());
            assertEquals("answer", new String(read(host, 6)));
            guest.send(Packet.SHUTDOWN, 7, HOST_PORT, 3, new byte[0]);
            guest.next(Packet.RST, 7);
            assertEquals("", rest(host));
        }
    }

    /** Half-close from the guest (vhost-device #874). */
    @Test
    void theGuestEndsItsSendingAndGetsItsAnswer() throws IOException {
        SocketChannel host = opened(7);
        guest.send(Packet.RW, 7, HOST_PORT, 0, "question".getBytes());
        guest.send(Packet.SHUTDOWN, 7, HOST_PORT, Packet.SHUTDOWN_SEND, new byte[0]);
        assertEquals("question", rest(host));
        write(host, "answer");
        assertEquals("answer", new String(guest.data(7, 6)));
        host.close();
        assertEquals(3, guest.next(Packet.SHUTDOWN, 7).flags());
        guest.send(Packet.RST, 7, HOST_PORT);
    }

    @Test
    void theGuestReceivesNoMore() throws IOException {
        SocketChannel host = opened(7);
        guest.send(Packet.SHUTDOWN, 7, HOST_PORT, Packet.SHUTDOWN_RECEIVE, new byte[0]);
        IOException failed = org.junit.jupiter.api.Assertions.assertThrows(IOException.class, () -> {
            while (true) {
                write(host, "x");
            }
        });
        assertTrue(failed.getMessage().contains("pipe"), failed::toString);
        guest.data(7, HOST_PORT, "still sent".getBytes());
        assertEquals("still sent", new String(read(host, 10)));
        host.close();
        assertEquals(3, guest.next(Packet.SHUTDOWN, 7).flags());
    }

    @Test
    void theHostClosesAndTheGuestConfirms() throws IOException {
        SocketChannel host = opened(7);
        host.close();
        assertEquals(3, guest.next(Packet.SHUTDOWN, 7).flags());
        guest.data(7, HOST_PORT, "too late, and no harm".getBytes());
        guest.send(Packet.SHUTDOWN, 7, HOST_PORT, 3, new byte[0]);
        guest.next(Packet.RST, 7);
        guest.send(Packet.CREDIT_UPDATE, 7, HOST_PORT);
        guest.next(Packet.RST, 7); // it is known no more
    }

    @Test
    void theHostClosesAndTheGuestDoesNotConfirm() throws IOException {
        opened(7).close();
        guest.next(Packet.SHUTDOWN, 7);
        guest.next(Packet.RST, 7); // after eight seconds
    }

    @Test
    void theGuestCloses() throws IOException {
        SocketChannel host = opened(7);
        guest.data(7, HOST_PORT, "last words".getBytes());
        guest.send(Packet.SHUTDOWN, 7, HOST_PORT, 3, new byte[0]);
        guest.next(Packet.RST, 7);
        assertEquals("last words", rest(host));
    }

    /** DRAINING: what was kept goes on when the guest has long left. */
    @Test
    void whatTheGuestSentBeforeItLeftStillArrives() throws IOException {
        SocketChannel host = opened(7);
        byte[] bytes = new byte[700_000];
        new Random(1).nextBytes(bytes);
        for (int at = 0; at < bytes.length; at += 50_000) {
            guest.data(7, HOST_PORT, java.util.Arrays.copyOfRange(bytes, at, at + 50_000));
        }
        guest.send(Packet.SHUTDOWN, 7, HOST_PORT, 3, new byte[0]);
        guest.skipTo(Packet.RST);
        assertArrayEquals(bytes, read(host, bytes.length));
        assertEquals(-1, host.read(ByteBuffer.allocate(1)));
    }

    @Test
    void theGuestResets() throws IOException {
        SocketChannel host = opened(7);
        guest.send(Packet.RST, 7, HOST_PORT);
        assertEquals("", rest(host));
        guest.data(7, HOST_PORT, "who?".getBytes());
        guest.next(Packet.RST, 7);
    }

    /** A program that goes without having read all is one that was killed. */
    @Test
    void theHostsProgramIsKilled() throws IOException {
        SocketChannel host = opened(7);
        guest.data(7, HOST_PORT, "never read".getBytes());
        host.close();
        guest.next(Packet.RST, 7);
    }

    @Test
    void aRequestForPortsInUseEndsBoth() throws IOException {
        SocketChannel host = opened(7);
        guest.send(Packet.REQUEST, 7, HOST_PORT);
        guest.next(Packet.RST, 7);
        assertEquals("", rest(host));
    }

    @Test
    void portsOfAConnectionThatOnlyAwaitsItsEndCanBeUsedAgain() throws IOException {
        opened(7).close();
        guest.next(Packet.SHUTDOWN, 7);
        try (ServerSocketChannel server = listen(HOST_PORT)) {
            guest.send(Packet.REQUEST, 7, HOST_PORT);
            guest.next(Packet.RESPONSE, 7);
            server.accept().close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { Packet.RESPONSE, 0, 8, 0xFFFF })
    void whatMakesNoSenseEndsAnOpenConnection(int operation) throws IOException {
        SocketChannel host = opened(7);
        guest.send(operation, 7, HOST_PORT);
        guest.next(Packet.RST, 7);
        assertEquals("", rest(host));
        assertFalse(mock.needsReset());
    }

    @Test
    void anotherTypeEndsAConnection() throws IOException {
        SocketChannel host = opened(7);
        guest.type = Packet.SEQPACKET;
        guest.data(7, HOST_PORT, "x".getBytes());
        assertEquals(Packet.STREAM, guest.next().type());
        assertEquals("", rest(host));
    }

    @Test
    void moreThanTheCreditEndsAConnection() throws IOException {
        opened(7);
        int room = 1 << 20;
        byte[] piece = new byte[100_000];
        for (int sent = 0; sent < room + 400_000 && !mock.needsReset(); sent += piece.length) {
            guest.data(7, HOST_PORT, piece);
        }
        guest.skipTo(Packet.RST);
        assertFalse(mock.needsReset());
    }

    @Test
    void dataAfterItsEndEndsAConnection() throws IOException {
        opened(7);
        guest.send(Packet.SHUTDOWN, 7, HOST_PORT, Packet.SHUTDOWN_SEND, new byte[0]);
        guest.data(7, HOST_PORT, "more".getBytes());
        guest.next(Packet.RST, 7);
    }
}
