package dev.jvmm.usernet.testing;

import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Packets as a guest makes them. Buffers are on the heap, and nobody's to release. */
public final class Frames {
    /** The guest's Ethernet address. */
    public static final long GUEST_MAC = 0x5254_0012_3456L;

    /** The gateway's. */
    public static final long GATEWAY_MAC = 0x5255_0a00_0202L;

    private Frames() {}

    public static ByteBuf ethernet(long to, int type, ByteBuf payload) {
        ByteBuf frame = Unpooled.buffer();
        Ethernet.write(frame, to);
        Ethernet.write(frame, GUEST_MAC);
        return frame.writeShort(type).writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }

    /** A whole IP packet to the gateway's Ethernet address. */
    public static ByteBuf ip(IpAddress from, IpAddress to, int protocol, ByteBuf payload) {
        return ip(to.isMulticast() ? Ethernet.multicast(to) : GATEWAY_MAC, from, to, protocol, payload);
    }

    public static ByteBuf ip(long mac, IpAddress from, IpAddress to, int protocol, ByteBuf payload) {
        return to.isV4() ? ethernet(mac, Protocol.IPV4, v4(from, to, protocol, payload, 0, 0x4000))
                : ethernet(mac, Protocol.IPV6, v6(from, to, protocol, payload));
    }

    public static ByteBuf v4(IpAddress from, IpAddress to, int protocol, ByteBuf payload, int id, int fragment) {
        ByteBuf packet = Unpooled.buffer();
        packet.writeShort(0x4500).writeShort(20 + payload.readableBytes()).writeShort(id).writeShort(fragment);
        packet.writeByte(64).writeByte(protocol).writeShort(0);
        from.write(packet);
        to.write(packet);
        packet.setShort(10, Checksum.finish(Checksum.add(0, packet, 0, 20)));
        return packet.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }

    public static ByteBuf v6(IpAddress from, IpAddress to, int next, ByteBuf payload) {
        ByteBuf packet = Unpooled.buffer();
        packet.writeInt(0x6000_0000).writeShort(payload.readableBytes()).writeByte(next).writeByte(255);
        from.write(packet);
        to.write(packet);
        return packet.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }

    public static ByteBuf udp(IpAddress from, int fromPort, IpAddress to, int toPort, byte... data) {
        ByteBuf packet = Unpooled.buffer();
        packet.writeShort(fromPort).writeShort(toPort).writeShort(8 + data.length).writeShort(0).writeBytes(data);
        long pseudo = Checksum.addPseudoHeader(0, from, to, Protocol.UDP, packet.readableBytes());
        Checksum.fill(packet, 6, pseudo);
        return packet;
    }

    /** An ICMP or ICMPv6 message with its checksum. */
    public static ByteBuf icmp(IpAddress from, IpAddress to, int type, ByteBuf afterChecksum) {
        ByteBuf packet = Unpooled.buffer();
        packet.writeByte(type).writeByte(0).writeShort(0);
        packet.writeBytes(afterChecksum, afterChecksum.readerIndex(), afterChecksum.readableBytes());
        long pseudo = to.isV4() ? 0 : Checksum.addPseudoHeader(0, from, to, Protocol.ICMPV6, packet.readableBytes());
        Checksum.fill(packet, 2, pseudo);
        return packet;
    }
}
