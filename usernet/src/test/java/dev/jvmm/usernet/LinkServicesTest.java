package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.packet.ArpPacket;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.testing.Frames;
import dev.jvmm.usernet.testing.Received;
import dev.jvmm.usernet.testing.ScriptedGuest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** ARP, DHCP, ICMP, neighbour discovery: what a guest's first seconds are. */
class LinkServicesTest extends NetworkFixture {
    private static final IpAddress ANY = IpAddress.ANY_V4;
    private static final IpAddress LINK_LOCAL = IpAddress.parse("fe80::5054:ff:fe12:3456");

    @Test
    void arpKnowsGatewayAndNameServerOnly() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        for (String nobody : new String[]{ "10.0.2.15", "10.0.2.77", "10.0.3.2" }) {
            guest.send(arp(new ArpPacket(ArpPacket.REQUEST, Frames.GUEST_MAC, ANY, 0, IpAddress.parse(nobody))));
        }
        for (IpAddress somebody : new IpAddress[]{ GATEWAY, DNS }) {
            guest.send(arp(new ArpPacket(ArpPacket.REQUEST, Frames.GUEST_MAC, GUEST, 0, somebody)));
            Received reply = guest.await(frame -> true);
            assertEquals(Frames.GUEST_MAC, Ethernet.destination(reply.frame, 0));
            assertEquals(
                    new ArpPacket(ArpPacket.REPLY, Frames.GATEWAY_MAC, somebody, Frames.GUEST_MAC, GUEST),
                    ArpPacket.read(reply.frame, 14, reply.frame.readableBytes()).orElseThrow());
        }
    }

    private static ByteBuf dhcp(int kind, IpAddress client, boolean broadcast, ByteBuf options) {
        ByteBuf data = Unpooled.buffer();
        data.writeInt(0x0101_0600).writeInt(0x1234_5678).writeShort(0).writeShort(broadcast ? 0x8000 : 0);
        client.write(data);
        data.writeZero(12);
        Ethernet.write(data, Frames.GUEST_MAC);
        data.writeZero(236 - data.writerIndex()).writeInt(0x6382_5363);
        data.writeByte(53).writeByte(1).writeByte(kind).writeBytes(options).writeByte(255);
        byte[] bytes = new byte[data.readableBytes()];
        data.readBytes(bytes);
        IpAddress to = client.isUnspecified() ? IpAddress.BROADCAST : GATEWAY;
        ByteBuf udp = Frames.udp(client, 68, to, 67, bytes);
        return Frames.ip(client.isUnspecified() ? Ethernet.BROADCAST : Frames.GATEWAY_MAC, client, to, Protocol.UDP,
                udp);
    }

    private static ByteBuf option(int code, IpAddress address) {
        return Unpooled.buffer().writeByte(code).writeByte(4).writeInt(address.v4());
    }

    /** The options of a reply, and as 0 the address that it leases. */
    private static Map<Integer, ByteBuf> options(Received reply) {
        Map<Integer, ByteBuf> options = new HashMap<>();
        ByteBuf data = Unpooled.wrappedBuffer(reply.data());
        assertEquals(0x0201_0600, data.getInt(0));
        assertEquals(0x1234_5678, data.getInt(4));
        assertEquals(Frames.GUEST_MAC, Ethernet.address(data, 28));
        options.put(0, data.slice(16, 4));
        int at = 240;
        while (data.getUnsignedByte(at) != 255) {
            int length = data.getUnsignedByte(at + 1);
            options.put((int) data.getUnsignedByte(at), data.slice(at + 2, length));
            at += 2 + length;
        }
        return options;
    }

    @Test
    void dhcpLeasesTheAddress() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS.withHostname("box").withMtu(9000));
        guest.send(dhcp(1, ANY, false, Unpooled.EMPTY_BUFFER));
        Received offer = guest.await(frame -> frame.isUdp(GATEWAY, 67, 68));
        assertEquals(Frames.GUEST_MAC, Ethernet.destination(offer.frame, 0));
        assertEquals(2, options(offer).get(53).getByte(0));
        assertEquals(GUEST.v4(), options(offer).get(0).getInt(0));
        assertTrue(!offer.partial, "raw sockets do not complete checksums");

        guest.send(dhcp(3, ANY, true, Unpooled.wrappedBuffer(option(50, GUEST), option(54, GATEWAY))));
        Received ack = guest.await(frame -> frame.isUdp(GATEWAY, 67, 68));
        assertEquals(Ethernet.BROADCAST, Ethernet.destination(ack.frame, 0));
        assertEquals(IpAddress.BROADCAST, ack.ip.to());
        Map<Integer, ByteBuf> options = options(ack);
        assertEquals(5, options.get(53).getByte(0));
        assertEquals(GUEST.v4(), options.get(0).getInt(0));
        assertEquals(0xFFFF_FF00, options.get(1).getInt(0));
        assertEquals(GATEWAY.v4(), options.get(3).getInt(0));
        assertEquals(DNS.v4(), options.get(6).getInt(0));
        assertEquals("box", options.get(12).toString(StandardCharsets.US_ASCII));
        assertEquals(9000, options.get(26).getUnsignedShort(0));
        assertEquals(86_400, options.get(51).getInt(0));
        assertEquals(GATEWAY.v4(), options.get(54).getInt(0));

        guest.send(dhcp(3, GUEST, false, Unpooled.EMPTY_BUFFER));
        Received renewed = guest.await(frame -> frame.isUdp(GATEWAY, 67, 68));
        assertEquals(GUEST, renewed.ip.to());
        assertEquals(5, options(renewed).get(53).getByte(0));

        guest.send(dhcp(8, GUEST, false, Unpooled.EMPTY_BUFFER));
        Map<Integer, ByteBuf> informed = options(guest.await(frame -> frame.isUdp(GATEWAY, 67, 68)));
        assertEquals(5, informed.get(53).getByte(0));
        assertEquals(0, informed.get(0).getInt(0));
        assertTrue(!informed.containsKey(51));
    }

    @Test
    void dhcpRefusesWhatIsNotTheClients() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        guest.send(dhcp(3, ANY, false, option(50, IpAddress.parse("192.168.0.9"))));
        Received nak = guest.await(frame -> frame.isUdp(GATEWAY, 67, 68));
        assertEquals(6, options(nak).get(53).getByte(0));
        assertEquals(IpAddress.BROADCAST, nak.ip.to());
    }

    /** A guest that was restored keeps the address that it has. */
    @Test
    void dhcpKnowsALeaseOfAnEarlierLife() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        IpAddress second = IpAddress.parse("10.0.2.16");
        guest.send(dhcp(3, ANY, false, option(50, second)));
        Map<Integer, ByteBuf> ack = options(guest.await(frame -> frame.isUdp(GATEWAY, 67, 68)));
        assertEquals(5, ack.get(53).getByte(0));
        assertEquals(second.v4(), ack.get(0).getInt(0));
        guest.send(dhcp(7, second, false, Unpooled.EMPTY_BUFFER));
        guest.send(dhcp(1, ANY, false, Unpooled.EMPTY_BUFFER));
        assertEquals(GUEST.v4(), options(guest.await(frame -> frame.isUdp(GATEWAY, 67, 68))).get(0).getInt(0));
    }

    @Test
    void gatewayAnswersPings() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        ByteBuf echo = Unpooled.buffer().writeShort(7).writeShort(1)
                .writeBytes("ping me".getBytes(StandardCharsets.US_ASCII));
        for (IpAddress to : new IpAddress[]{ GATEWAY, DNS }) {
            guest.send(Frames.ip(GUEST, to, Protocol.ICMP, Frames.icmp(GUEST, to, 8, echo)));
            Received reply = guest.await(frame -> frame.is(Protocol.ICMP));
            assertEquals(to, reply.ip.from());
            assertEquals(GUEST, reply.ip.to());
            assertEquals(0, reply.payload().getByte(0));
            assertEquals(echo, reply.payload().slice(4, echo.readableBytes()));
        }
        for (IpAddress to : new IpAddress[]{ GATEWAY6, DNS6 }) {
            guest.send(Frames.ip(GUEST6, to, Protocol.ICMPV6, Frames.icmp(GUEST6, to, 128, echo)));
            Received asked = guest.await(frame -> frame.is(Protocol.ICMPV6));
            assertEquals(129, asked.payload().getUnsignedByte(0));
            assertEquals(to, asked.ip.from());
            assertEquals(echo, asked.payload().slice(4, echo.readableBytes()));
        }
    }

    @Test
    void longPingsComeBackInPieces() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        ByteBuf echo = Unpooled.buffer().writeShort(7).writeShort(1).writeZero(3000).writeByte(9);
        ByteBuf message = Frames.icmp(GUEST, GATEWAY, 8, echo);
        int length = message.readableBytes();
        // the last piece first
        guest.send(
                Frames.ethernet(
                        Frames.GATEWAY_MAC, Protocol.IPV4, Frames.v4(
                                GUEST, GATEWAY, Protocol.ICMP, message.slice(1480, length - 1480), 5, 185)));
        guest.send(
                Frames.ethernet(
                        Frames.GATEWAY_MAC, Protocol.IPV4,
                        Frames.v4(GUEST, GATEWAY, Protocol.ICMP, message.slice(0, 1480), 5, 0x2000)));
        byte[] whole = new byte[length];
        int got = 0;
        while (got < length) {
            Received piece = guest.await(frame -> frame.is(Protocol.ICMP));
            assertTrue(piece.frame.readableBytes() <= 1514);
            piece.payload().getBytes(0, whole, piece.ip.fragmentOffset(), piece.ip.payloadLength());
            got += piece.ip.payloadLength();
        }
        assertEquals(echo, Unpooled.wrappedBuffer(whole).slice(4, length - 4));
    }

    @Test
    void outsideIsNotPinged() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        IpAddress outside = IpAddress.parse("192.0.2.1");
        ByteBuf echo = Unpooled.buffer().writeShort(7).writeShort(1);
        guest.send(Frames.ip(GUEST, outside, Protocol.ICMP, Frames.icmp(GUEST, outside, 8, echo)));
        Received refusal = guest.await(frame -> frame.is(Protocol.ICMP));
        assertEquals(3, refusal.payload().getByte(0));
        assertEquals(13, refusal.payload().getByte(1));
        assertEquals(GATEWAY, refusal.ip.from());
    }

    @Test
    void routerAdvertisesItself() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        IpAddress routers = IpAddress.parse("ff02::2");
        ByteBuf wanted = Unpooled.buffer().writeInt(0).writeByte(1).writeByte(1);
        Ethernet.write(wanted, Frames.GUEST_MAC);
        guest.send(Frames.ip(LINK_LOCAL, routers, Protocol.ICMPV6, Frames.icmp(LINK_LOCAL, routers, 133, wanted)));
        Received advertisement = guest.await(frame -> frame.is(Protocol.ICMPV6));
        assertEquals(0x3333_0000_0001L, Ethernet.destination(advertisement.frame, 0));
        assertEquals(IpAddress.parse("fe80::2"), advertisement.ip.from());
        assertEquals(255, advertisement.ip.hopLimit());
        ByteBuf message = advertisement.payload();
        assertEquals(134, message.getUnsignedByte(0));
        assertTrue(message.getUnsignedShort(6) > 0, "a router that can be used");
        Map<Integer, ByteBuf> options = new HashMap<>();
        for (int at = 16; at < message.readableBytes(); at += 8 * message.getByte(at + 1)) {
            options.put((int) message.getByte(at), message.slice(at, 8 * message.getByte(at + 1)));
        }
        assertEquals(Frames.GATEWAY_MAC, Ethernet.address(options.get(1), 2));
        assertEquals(IpAddress.parse("fec0::"), IpAddress.readV6(options.get(3), 16));
        assertEquals(64, options.get(3).getByte(2));
        assertEquals(0xC0, options.get(3).getUnsignedByte(3));
        assertEquals(1500, options.get(5).getInt(4));
        assertEquals(DNS6, IpAddress.readV6(options.get(25), 8));
    }

    @Test
    void neighboursAreFound() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        for (String nobody : new String[]{ "fec0::99", "fe80::1" }) {
            solicit(guest, GUEST6, IpAddress.parse(nobody));
        }
        for (IpAddress somebody : new IpAddress[]{ GATEWAY6, DNS6, IpAddress.parse("fe80::2") }) {
            solicit(guest, GUEST6, somebody);
            Received advertisement = guest.await(frame -> true);
            assertEquals(136, advertisement.payload().getUnsignedByte(0));
            assertEquals(somebody.equals(DNS6) ? 0x60 : 0xE0, advertisement.payload().getUnsignedByte(4));
            assertEquals(somebody, IpAddress.readV6(advertisement.payload(), 8));
            assertEquals(Frames.GATEWAY_MAC, Ethernet.address(advertisement.payload(), 26));
            assertEquals(GUEST6, advertisement.ip.to());
        }
        solicit(guest, IpAddress.ANY_V6, GATEWAY6);
        Received taken = guest.await(frame -> true);
        assertEquals(IpAddress.ALL_NODES, taken.ip.to());
        assertEquals(0xA0, taken.payload().getUnsignedByte(4));
    }

    private static void solicit(ScriptedGuest guest, IpAddress from, IpAddress target) {
        IpAddress group = new IpAddress(0xFF02_0000_0000_0000L, 0x1_FF00_0000L | target.low() & 0xFF_FFFF);
        ByteBuf wanted = Unpooled.buffer().writeInt(0);
        target.write(wanted);
        if (!from.isUnspecified()) {
            Ethernet.write(wanted.writeByte(1).writeByte(1), Frames.GUEST_MAC);
        }
        guest.send(Frames.ip(from, group, Protocol.ICMPV6, Frames.icmp(from, group, 135, wanted)));
    }

    @Test
    void noIpv6WhereItIsOff() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS.withIpv6(false));
        solicit(guest, GUEST6, GATEWAY6);
        guest.send(arp(new ArpPacket(ArpPacket.REQUEST, Frames.GUEST_MAC, GUEST, 0, GATEWAY)));
        assertEquals(Protocol.ARP, guest.await(frame -> true).etherType);
    }

    @Test
    void framesForOthersAreNoBusinessOfOurs() {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        ByteBuf echo = Frames.icmp(GUEST, GATEWAY, 8, Unpooled.buffer().writeInt(1));
        guest.send(Frames.ip(0x0200_0000_0001L, GUEST, GATEWAY, Protocol.ICMP, echo));
        IpAddress stranger = IpAddress.parse("192.0.2.7");
        guest.send(Frames.ip(stranger, GATEWAY, Protocol.ICMP,
                Frames.icmp(stranger, GATEWAY, 8, Unpooled.buffer().writeInt(1))));
        announce(guest);
        assertEquals(0, guest.waiting());
    }
}
