package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.usernet.packet.ArpPacket;
import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.testing.EchoServer;
import dev.jvmm.usernet.testing.Frames;
import dev.jvmm.usernet.testing.Received;
import dev.jvmm.usernet.testing.ScriptedGuest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** UDP to the host and back, and DNS over it. */
class UdpTest extends NetworkFixture {
    private static final InetAddress LOOPBACK = IpAddress.parse("127.0.0.1").toInetAddress();
    private static final InetAddress LOOPBACK6 = IpAddress.parse("::1").toInetAddress();

    private static boolean hasIpv6() {
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK6)) {
            return socket.isBound();
        } catch (SocketException e) {
            return false;
        }
    }

    private static byte[] reversed(byte[] data) {
        byte[] back = new byte[data.length];
        for (int i = 0; i < data.length; i++) {
            back[i] = data[data.length - 1 - i];
        }
        return back;
    }

    @Test
    void datagramsReachTheHostsLoopback() throws Exception {
        try (EchoServer server = new EchoServer(LOOPBACK, UdpTest::reversed)) {
            for (long offloads : new long[]{ 0, ScriptedGuest.ALL_OFFLOADS }) {
                ScriptedGuest guest = guest(UserNetwork.open(UserNetConfig.DEFAULTS), offloads);
                guest.send(udp(GATEWAY, 5000, server.port(), new byte[]{ 1, 2, 3 }));
                Received answer = guest.await(frame -> frame.isUdp(GATEWAY, server.port(), 5000));
                assertArrayEquals(new byte[]{ 3, 2, 1 }, answer.data());
                assertEquals(offloads != 0, answer.partial);
            }
        }
    }

    @Test
    void datagramsReachTheHostsLoopbackByIpv6() throws Exception {
        assumeTrue(hasIpv6(), "this host has no IPv6");
        try (EchoServer server = new EchoServer(LOOPBACK6, UdpTest::reversed)) {
            ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
            guest.send(udp(GATEWAY6, 5000, server.port(), new byte[]{ 1, 2, 3 }));
            Received answer = guest.await(frame -> frame.isUdp(GATEWAY6, server.port(), 5000));
            assertArrayEquals(new byte[]{ 3, 2, 1 }, answer.data());
            assertEquals(GUEST6, answer.ip.to());
        }
    }

    /** Between others, so that their order is seen; each is answered by another one. */
    @Test
    void datagramsMayBeEmpty() throws Exception {
        for (InetAddress loopback : hasIpv6() ? new InetAddress[]{ LOOPBACK, LOOPBACK6 }
                : new InetAddress[]{ LOOPBACK }) {
            IpAddress gateway = loopback == LOOPBACK ? GATEWAY : GATEWAY6;
            try (EchoServer server = new EchoServer(loopback, UdpTest::reversed)) {
                ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
                for (byte[] data : new byte[][]{ {}, { 1, 2 }, {}, {}, { 3 }, {} }) {
                    guest.send(udp(gateway, 5000, server.port(), data));
                    Received answer = guest.await(frame -> frame.isUdp(gateway, server.port(), 5000));
                    assertArrayEquals(reversed(data), answer.data());
                }
            }
        }
    }

    /** Longer than the link takes, and longer than is kept in the buffer that it came in. */
    @Test
    void longDatagramsAreCutAndPutTogether() throws Exception {
        byte[] data = new byte[50_000];
        new Random(2).nextBytes(data);
        try (EchoServer server = new EchoServer(LOOPBACK, UdpTest::reversed)) {
            ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
            announce(guest);
            ByteBuf packet = Frames.udp(GUEST, 5000, GATEWAY, server.port(), data);
            for (int at = 0; at < packet.readableBytes(); at += 1480) {
                int size = Math.min(1480, packet.readableBytes() - at);
                int more = at + size < packet.readableBytes() ? 0x2000 : 0;
                guest.send(
                        Frames.ethernet(
                                Frames.GATEWAY_MAC, Protocol.IPV4,
                                Frames.v4(GUEST, GATEWAY, Protocol.UDP, packet.slice(at, size), 99, at / 8 | more)));
            }
            assertArrayEquals(reversed(data), whole(guest, data.length + 8));
        }
    }

    private static byte[] whole(ScriptedGuest guest, int length) {
        byte[] whole = new byte[length];
        for (int got = 0; got < length;) {
            Received piece = guest.await(frame -> frame.is(Protocol.UDP));
            piece.payload().getBytes(0, whole, piece.ip.fragmentOffset(), piece.ip.payloadLength());
            got += piece.ip.payloadLength();
        }
        IpAddress from = GATEWAY;
        long pseudo = Checksum.addPseudoHeader(0, from, GUEST, Protocol.UDP, length);
        assertEquals(0xFFFF, Checksum.fold(Checksum.add(pseudo, Unpooled.wrappedBuffer(whole), 0, length)));
        return Arrays.copyOfRange(whole, 8, length);
    }

    /** What a driver does that leaves checksums to the device. */
    @Test
    void checksumsMayBeLeftToUs() throws Exception {
        try (EchoServer server = new EchoServer(LOOPBACK, UdpTest::reversed)) {
            ScriptedGuest guest = guest(UserNetwork.open(UserNetConfig.DEFAULTS), ScriptedGuest.ALL_OFFLOADS);
            ByteBuf frame = udp(GATEWAY, 5000, server.port(), new byte[]{ 7, 8 });
            frame.setShort(14 + 20 + 6, 0x1234);
            guest.send(frame); // lost: it says that the checksum is right
            guest.send(new byte[]{ 1, 0, 0, 0, 0, 0, 34, 0, 6, 0, 0, 0 }, frame);
            Received answer = guest.await(received -> received.isUdp(GATEWAY, server.port(), 5000));
            assertArrayEquals(new byte[]{ 8, 7 }, answer.data());
            assertEquals(0, guest.waiting());
        }
    }

    @Test
    void closedPortsAreUnreachable() throws Exception {
        int port;
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            port = socket.getLocalPort();
        }
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        guest.send(udp(GATEWAY, 5000, port, new byte[]{ 1 }));
        ByteBuf error = guest.await(frame -> frame.is(Protocol.ICMP)).payload();
        assertEquals(0x0303, error.getUnsignedShort(0));
        assertEquals(GUEST, IpAddress.readV4(error, 8 + 12));
        assertEquals(GATEWAY, IpAddress.readV4(error, 8 + 16));
        assertEquals(5000, error.getUnsignedShort(28));
        assertEquals(port, error.getUnsignedShort(30));
        assumeTrue(hasIpv6(), "this host has no IPv6");
        guest.send(udp(GATEWAY6, 5000, port, new byte[]{ 1 }));
        ByteBuf error6 = guest.await(frame -> frame.is(Protocol.ICMPV6)).payload();
        assertEquals(0x0104, error6.getUnsignedShort(0));
    }

    /** The host by its other names, and hosts of the link that there are not. */
    @Test
    void someDestinationsAreRefused() throws Exception {
        try (EchoServer server = new EchoServer(LOOPBACK, UdpTest::reversed)) {
            ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
            for (String to : new String[]{ "127.0.0.1", "0.0.0.1", "10.0.2.99", "255.0.0.1", "10.0.2.3" }) {
                guest.send(udp(IpAddress.parse(to), 5000, server.port(), new byte[]{ 1 }));
                ByteBuf error = guest.await(frame -> true).payload();
                assertEquals(0x030D, error.getUnsignedShort(0), to);
            }
            for (String to : new String[]{ "::1", "::127.0.0.1", "fec0::99", "fe80::99" }) {
                guest.send(udp(IpAddress.parse(to), 5000, server.port(), new byte[]{ 1 }));
                ByteBuf error = guest.await(frame -> true).payload();
                assertEquals(0x0101, error.getUnsignedShort(0), to);
            }
            ByteBuf mapped = udp(IpAddress.parse("::fffe:7f00:1"), 5000, server.port(), new byte[]{ 1 });
            mapped.setShort(14 + 24 + 10, 0xFFFF);
            guest.send(mapped);
            announce(guest);
            assertEquals(0, guest.waiting());
        }
    }

    @Test
    void aRestrictedGuestReachesNobody() throws Exception {
        try (EchoServer server = new EchoServer(LOOPBACK, UdpTest::reversed)) {
            ScriptedGuest guest = guest(
                    UserNetConfig.DEFAULTS.withRestricted(true)
                            .withResolver(new InetSocketAddress(LOOPBACK, server.port())));
            guest.send(udp(GATEWAY, 5000, server.port(), new byte[]{ 1 }));
            assertEquals(0x030D, guest.await(frame -> true).payload().getUnsignedShort(0));
            guest.send(udp(DNS, 5000, 53, new byte[12]));
            assertEquals(0x030D, guest.await(frame -> true).payload().getUnsignedShort(0));
        }
    }

    private static byte[] query(int id) {
        ByteBuf query = Unpooled.buffer().writeShort(id).writeShort(0x0100).writeShort(1).writeZero(6);
        query.writeByte(1).writeByte('a').writeByte(0).writeShort(1).writeShort(1);
        byte[] bytes = new byte[query.readableBytes()];
        query.readBytes(bytes);
        return bytes;
    }

    private static byte[] answered(byte[] query) {
        query[2] |= (byte) 0x80;
        query[3] |= 5;
        return query;
    }

    @Test
    void questionsGoToTheResolver() throws Exception {
        try (EchoServer server = new EchoServer(LOOPBACK, UdpTest::answered)) {
            ScriptedGuest guest = guest(
                    UserNetConfig.DEFAULTS.withResolver(new InetSocketAddress(LOOPBACK, server.port())));
            for (IpAddress dns : new IpAddress[]{ DNS, DNS6 }) {
                guest.send(udp(dns, 5000, 53, query(77)));
                Received answer = guest.await(frame -> frame.isUdp(dns, 53, 5000));
                assertArrayEquals(answered(query(77)), answer.data());
            }
            guest.send(udp(DNS, 5001, 53, answered(query(1))));
            announce(guest);
            assertEquals(0, guest.waiting(), "an answer is no question");
        }
    }

    @Test
    void theNextResolverIsAskedWhenOneIsDead() throws Exception {
        int dead;
        try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            dead = socket.getLocalPort();
        }
        try (EchoServer server = new EchoServer(LOOPBACK, UdpTest::answered)) {
            UserNetConfig config = UserNetConfig.DEFAULTS.withResolver(new InetSocketAddress(LOOPBACK, dead));
            ScriptedGuest guest = guest(config.withResolver(new InetSocketAddress(LOOPBACK, server.port())));
            guest.send(udp(DNS, 5000, 53, query(3)));
            assertArrayEquals(
                    answered(query(3)), guest.await(frame -> frame.isUdp(DNS, 53, 5000)).data());

            ScriptedGuest lonely = guest(config);
            lonely.send(udp(DNS, 5000, 53, query(4)));
            byte[] failure = lonely.await(frame -> frame.isUdp(DNS, 53, 5000)).data();
            assertEquals(0x81, failure[2] & 0xFF);
            assertEquals(0x82, failure[3] & 0xFF);
            assertEquals(query(4).length, failure.length);
        }
    }

    @Test
    void forwardedPortsLeadToTheGuest() throws Exception {
        for (String host : hasIpv6() ? new String[]{ "127.0.0.1", "[::1]" } : new String[]{ "127.0.0.1" }) {
            Forward forward = Forward.parse("udp:" + host + ":1-:777");
            UserNetwork network = UserNetwork.open(
                    UserNetConfig.DEFAULTS.withForward(
                            new Forward(Forward.Kind.UDP, forward.hostAddress(), 0, forward.guestAddress(), 777)));
            ScriptedGuest guest = guest(network, 0);
            announce(guest);
            try (DatagramSocket client = new DatagramSocket(0, forward.hostAddress().toInetAddress())) {
                client.setSoTimeout(30_000);
                // not connected: it would not send what is empty
                InetSocketAddress port = network.addresses().getFirst();
                client.send(new DatagramPacket(new byte[]{ 4, 2 }, 2, port));
                Received asked = guest.await(frame -> frame.isUdp(GATEWAY, client.getLocalPort(), 777));
                assertArrayEquals(new byte[]{ 4, 2 }, asked.data());
                guest.send(udp(GATEWAY, 777, client.getLocalPort(), new byte[]{ 2, 4, 6 }));
                DatagramPacket answer = new DatagramPacket(new byte[10], 10);
                client.receive(answer);
                assertEquals(3, answer.getLength());
                assertEquals(6, answer.getData()[2]);
                client.send(new DatagramPacket(new byte[0], 0, port));
                assertEquals(0, guest.await(frame -> frame.isUdp(GATEWAY, client.getLocalPort(), 777)).data().length);
                guest.send(udp(GATEWAY, 777, client.getLocalPort(), new byte[0]));
                client.receive(answer);
                assertEquals(0, answer.getLength());
            }
        }
    }

    /** The first packet for a guest that has not spoken is lost, but leads to a question where it is. */
    @Test
    void aSilentGuestIsAskedFor() throws Exception {
        UserNetwork network = UserNetwork.open(
                UserNetConfig.DEFAULTS.withForward(
                        new Forward(Forward.Kind.UDP, IpAddress.parse("127.0.0.1"), 0, Optional.empty(), 777)));
        ScriptedGuest guest = guest(network, 0);
        // a probe tells nobody where the guest is, and its answer that the network is at work
        guest.send(arp(new ArpPacket(ArpPacket.REQUEST, Frames.GUEST_MAC, IpAddress.ANY_V4, 0, GATEWAY)));
        guest.await(frame -> frame.etherType == Protocol.ARP);
        try (DatagramSocket client = new DatagramSocket(0, LOOPBACK)) {
            client.connect(network.addresses().getFirst());
            client.send(new DatagramPacket(new byte[]{ 4, 2 }, 2));
            Received asked = guest.await(frame -> frame.etherType == Protocol.ARP);
            assertTrue(
                    ArpPacket.read(asked.frame, 14, asked.frame.readableBytes()).orElseThrow()
                            .target().equals(GUEST));
        }
    }
}
