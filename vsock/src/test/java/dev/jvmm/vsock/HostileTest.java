package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets and lines that lie. */
class HostileTest extends VsockFixture {
    @Test
    void packetsForOtherMachinesAreRefused() {
        guest.targetCid = 99;
        guest.send(Packet.REQUEST, 7, HOST_PORT);
        assertEquals(Packet.RST, guest.next().operation());
    }

    @Test
    void packetsInAnothersNameAreIgnored() throws Exception {
        guest.sourceCid = 43;
        guest.send(Packet.REQUEST, 7, HOST_PORT);
        guest.send(Packet.RW, 7, HOST_PORT);
        guest.nothing();
    }

    /** Cloud Hypervisor #8692: two that refuse each other would go on for ever. */
    @Test
    void arefusalIsNotRefused() throws Exception {
        guest.send(Packet.RST, 7, HOST_PORT);
        guest.nothing();
    }

    @ParameterizedTest
    @ValueSource(ints = { Packet.RESPONSE, Packet.SHUTDOWN, Packet.RW, Packet.CREDIT_UPDATE, Packet.CREDIT_REQUEST, 0,
        99 })
    void packetsOfNoConnectionAreRefused(int operation) {
        guest.send(operation, 7, HOST_PORT);
        guest.next(Packet.RST, 7);
    }

    @Test
    void typesThatNobodyKnowsAreRefused() throws IOException {
        listen(HOST_PORT);
        guest.type = 3;
        guest.send(Packet.REQUEST, 7, HOST_PORT);
        guest.next(Packet.RST, 7);
    }

    @Test
    void lengthsBeyondTheBufferEndTheConnection() throws IOException {
        for (long length : new long[]{ 6, 1 << 20, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL }) {
            SocketChannel host = opened(7);
            guest.length = length;
            guest.data(7, HOST_PORT, "12345".getBytes());
            guest.next(Packet.RST, 7);
            assertEquals("", rest(host));
            guest.length = -1;
        }
    }

    @Test
    void bytesBehindTheLengthAreNobodys() throws IOException {
        SocketChannel host = opened(7);
        guest.length = 3;
        guest.data(7, HOST_PORT, "12345".getBytes());
        assertEquals("123", new String(read(host, 3)));
        guest.length = -1;
        guest.data(7, HOST_PORT, new byte[0]);
        guest.data(7, HOST_PORT, "6".getBytes());
        assertEquals("6", new String(read(host, 1)));
    }

    @ParameterizedTest
    @ValueSource(ints = { VsockDevice.RECEIVE, VsockDevice.TRANSMIT, VsockDevice.EVENTS })
    void chainsOfTheWrongShapeStopTheDevice(int queue) {
        mock.reset();
        mock.rewind();
        mock.start();
        long at = mock.allocate(64);
        if (queue == VsockDevice.TRANSMIT) {
            mock.ring(queue).post(1, at, 43);
        } else {
            mock.ring(queue).post(1, at, 64);
        }
        mock.kick(queue);
        if (queue == VsockDevice.RECEIVE) {
            guest = new VsockGuest(mock);
            guest.send(Packet.RW, 7, HOST_PORT);
        }
        assertTrue(mock.needsReset());
    }

    @ParameterizedTest
    @ValueSource(strings = { "\n", "CONNECT\n", "CONNECT \n", "CONNECT x\n", "CONNECT 1 2\n", "CONNECT -1\n",
        "CONNECT 4294967296\n", "CONNECT 99999999999999999999\n", "HELLO 1024\n",
        "CONNECT 1024 and no end in sight for it" })
    void linesThatAreNoneAreSentAway(String line) throws IOException {
        SocketChannel program = program();
        write(program, line);
        ended(program);
        assertFalse(guest.hasNext());
    }

    @Test
    void programsThatSayNothingAndGo() throws Exception {
        for (int i = 0; i < 50; i++) {
            program().close();
            SocketChannel program = program();
            write(program, "CONN");
            program.close();
        }
        SocketChannel program = program();
        write(program, "connect 1024\r\n");
        guest.next(Packet.REQUEST, GUEST_PORT);
    }

    @Test
    void linesMayComeInPieces() throws Exception {
        SocketChannel program = program();
        for (char c : "CONNECT 4294967295\n".toCharArray()) {
            write(program, String.valueOf(c));
            Thread.sleep(1);
        }
        guest.next(Packet.REQUEST, -1);
    }

    @Test
    void theSilentMakeRoomForOthers() throws Exception {
        for (int i = 0; i < 300; i++) {
            program();
        }
        SocketChannel program = program();
        write(program, "CONNECT 1024\n");
        guest.next(Packet.REQUEST, GUEST_PORT);
    }

    /** Any packets, some of which make sense, and a device that works after them. */
    @Test
    void noiseIsNotTheEnd() throws IOException {
        java.nio.channels.ServerSocketChannel server = listen(HOST_PORT);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    server.accept().close();
                }
            } catch (IOException e) {
                // the test is over
            }
        });
        Random random = new Random(9);
        for (int i = 0; i < 20_000; i++) {
            guest.type = random.nextInt(20) == 0 ? random.nextInt(4) : Packet.STREAM;
            guest.bufAlloc = random.nextInt();
            guest.fwdCnt = random.nextInt();
            guest.length = random.nextInt(10) == 0 ? random.nextInt() & 0xFFFF_FFFFL : -1;
            guest.send(random.nextInt(9), random.nextInt(4), HOST_PORT + random.nextInt(2), random.nextInt(4),
                    new byte[random.nextInt(3) * 100]);
            while (guest.hasNext()) {
                guest.next();
            }
        }
        assertFalse(mock.needsReset());
        guest.type = Packet.STREAM;
        guest.length = -1;
        guest.bufAlloc = 1 << 18;
        guest.fwdCnt = 0;
        guest.send(Packet.RST, 100, HOST_PORT);
        guest.send(Packet.REQUEST, 100, HOST_PORT);
        VsockGuest.Got got = guest.next();
        while (got.guestPort() != 100) {
            got = guest.next();
        }
        assertEquals(Packet.RESPONSE, got.operation());
    }
}
