package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.testing.GuestSocket;
import dev.jvmm.usernet.testing.ScriptedGuest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** TCP from a guest's frames to a host's socket, and back. */
class TcpThroughTest extends NetworkFixture {
    private static final InetAddress LOOPBACK = IpAddress.parse("127.0.0.1").toInetAddress();
    private static final InetAddress LOOPBACK6 = IpAddress.parse("::1").toInetAddress();

    private static byte[] random(int length) {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        return data;
    }

    private static boolean hasIpv6() {
        try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK6)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private void exchange(long offloads, InetAddress host, IpAddress local, IpAddress remote) throws IOException {
        ScriptedGuest guest = guest(UserNetwork.open(UserNetConfig.DEFAULTS), offloads);
        try (ServerSocket server = new ServerSocket(0, 1, host)) {
            GuestSocket socket = new GuestSocket(guest, local, 40_000, remote, server.getLocalPort());
            assertTrue(socket.connect());
            try (Socket accepted = server.accept()) {
                byte[] up = random(offloads == 0 ? 1400 : 60_000);
                socket.write(up);
                assertArrayEquals(up, accepted.getInputStream().readNBytes(up.length));
                byte[] down = random(500_000);
                Thread writer = new Thread(() -> write(accepted, down), "test-writer");
                writer.start();
                assertArrayEquals(down, socket.read(down.length));
                join(writer);
                assertEquals(offloads == 0 ? 0 : local.isV4() ? 1460 : 1440, socket.gsoSize);
                assertEquals(offloads != 0, socket.longest > 1460);
                accepted.shutdownOutput();
                assertEquals(0, socket.read(1).length);
                assertTrue(socket.finished);
                socket.write(new byte[]{ 9 });
                assertEquals(9, accepted.getInputStream().read());
                socket.finish();
                assertEquals(-1, accepted.getInputStream().read());
            }
        }
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void bytesGoBothWays() throws IOException {
        exchange(0, LOOPBACK, GUEST, GATEWAY);
    }

    @Test
    void longFramesGoBothWays() throws IOException {
        exchange(ScriptedGuest.ALL_OFFLOADS, LOOPBACK, GUEST, GATEWAY);
    }

    @Test
    void longFramesGoBothWaysByIpv6() throws IOException {
        assumeTrue(hasIpv6(), "this host has no IPv6");
        exchange(ScriptedGuest.ALL_OFFLOADS, LOOPBACK6, GUEST6, GATEWAY6);
    }

    @Test
    void whatIsNotThereIsRefused() throws IOException {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            port = server.getLocalPort();
        }
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        assertFalse(new GuestSocket(guest, GUEST, 40_000, GATEWAY, port).connect());
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            for (String other : new String[]{ "127.0.0.1", "0.0.0.1", "10.0.2.3", "10.0.2.99" }) {
                IpAddress to = IpAddress.parse(other);
                assertFalse(new GuestSocket(guest, GUEST, 40_001, to, server.getLocalPort()).connect(), other);
            }
            ScriptedGuest restricted = guest(UserNetConfig.DEFAULTS.withRestricted(true));
            assertFalse(new GuestSocket(restricted, GUEST, 40_002, GATEWAY, server.getLocalPort()).connect());
        }
    }

    @Test
    void namesAreAskedForByTcp() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            ScriptedGuest guest = guest(
                    UserNetConfig.DEFAULTS.withResolver(new InetSocketAddress(LOOPBACK, server.getLocalPort())));
            assertTrue(new GuestSocket(guest, GUEST, 40_000, DNS, 53).connect());
            server.accept().close();
        }
    }

    @Test
    void forwardedPortsLeadToTheGuest() throws IOException {
        UserNetwork network = UserNetwork.open(
                UserNetConfig.DEFAULTS.withRestricted(true).withForward(
                        new Forward(Forward.Kind.TCP, IpAddress.of(LOOPBACK), 0, Optional.empty(), 80)));
        ScriptedGuest guest = guest(network, 0);
        announce(guest);
        InetSocketAddress address = network.addresses().getFirst();
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            GuestSocket socket = new GuestSocket(guest, GUEST, 80, GATEWAY, 0);
            socket.accept();
            client.getOutputStream().write(new byte[]{ 1, 2, 3 });
            assertArrayEquals(new byte[]{ 1, 2, 3 }, socket.read(3));
            socket.write(new byte[]{ 4, 5 });
            assertArrayEquals(new byte[]{ 4, 5 }, client.getInputStream().readNBytes(2));
            socket.reset();
            client.setSoTimeout(30_000);
            try {
                assertEquals(-1, client.getInputStream().read());
            } catch (SocketException e) {
                assertTrue(e.getMessage().contains("reset"), e.getMessage());
            }
        }
    }

    /** A guest without buffers: nothing grows, and all comes when it has some again. */
    @Test
    void aGuestThatTakesNothingHoldsTheHostBack() throws Exception {
        ScriptedGuest guest = guest(UserNetwork.open(UserNetConfig.DEFAULTS), ScriptedGuest.ALL_OFFLOADS);
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            GuestSocket socket = new GuestSocket(guest, GUEST, 40_000, GATEWAY, server.getLocalPort());
            assertTrue(socket.connect());
            try (Socket accepted = server.accept()) {
                byte[] down = random(3_000_000);
                guest.pause(true);
                Thread writer = new Thread(() -> write(accepted, down), "test-writer");
                writer.start();
                guest.pause(false);
                assertArrayEquals(down, socket.read(down.length));
                join(writer);
            }
        }
    }

    /** A driver that comes back without offloads gets what it can take. */
    @Test
    void offloadsMayGoAway() throws Exception {
        ScriptedGuest guest = guest(UserNetwork.open(UserNetConfig.DEFAULTS), ScriptedGuest.ALL_OFFLOADS);
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            GuestSocket socket = new GuestSocket(guest, GUEST, 40_000, GATEWAY, server.getLocalPort());
            assertTrue(socket.connect());
            try (Socket accepted = server.accept()) {
                guest.restart(0);
                announce(guest);
                byte[] down = random(100_000);
                write(accepted, down);
                assertArrayEquals(down, socket.read(down.length));
                assertEquals(0, socket.gsoSize);
            }
        }
    }
}
