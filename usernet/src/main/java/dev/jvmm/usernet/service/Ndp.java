package dev.jvmm.usernet.service;

import dev.jvmm.usernet.link.LinkSink;
import dev.jvmm.usernet.link.Neighbours;
import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.IpPacket;
import dev.jvmm.usernet.packet.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.OptionalLong;

/**
 * Neighbour discovery: says where gateway and name server are, asks where the guest is, and advertises the router, the prefix and the
 * name server.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc4861 RFC 4861
 * @spec https://www.rfc-editor.org/rfc/rfc8106 RFC 8106, 5.1
 */
public final class Ndp {
    /** ICMPv6's types. */
    public static final int ROUTER_SOLICITATION = 133;

    public static final int ROUTER_ADVERTISEMENT = 134;
    public static final int NEIGHBOUR_SOLICITATION = 135;
    public static final int NEIGHBOUR_ADVERTISEMENT = 136;

    /** How long a guest may use the router without hearing of it again. */
    public static final int ROUTER_SECONDS = 1800;

    private static final int UNFORWARDED = 255;
    private static final int HEADER = 8;
    private static final int ADDRESS = 16;
    private static final int SOURCE_MAC = 1;
    private static final int TARGET_MAC = 2;
    private static final int PREFIX = 3;
    private static final int MTU = 5;
    private static final int RDNSS = 25;

    /** On-link, and for address configuration. */
    private static final int PREFIX_FLAGS = 0xC0;

    private static final int PREFIX_SECONDS = 86_400;
    private static final int PREFERRED_SECONDS = 14_400;
    private static final int FROM_ROUTER = 0x8000_0000;
    private static final int SOLICITED = 0x4000_0000;
    private static final int OVERRIDE = 0x2000_0000;
    private static final int ROOM = 128;

    /** ff02::1:ff00:0, with an address's last 24 bits. */
    private static final IpAddress SOLICITED_NODE = IpAddress.parse("ff02::1:ff00:0");

    private final NetworkPlan plan;
    private final LinkSink guest;
    private final Neighbours neighbours;
    private final ByteBufAllocator allocator;

    public Ndp(NetworkPlan plan, LinkSink guest, Neighbours neighbours, ByteBufAllocator allocator) {
        this.plan = plan;
        this.guest = guest;
        this.neighbours = neighbours;
        this.allocator = allocator;
    }

    /** A message of ICMPv6 whose checksum is right, in a packet's payload. */
    public void input(IpPacket packet, ByteBuf frame) {
        int start = packet.payload();
        int end = start + packet.payloadLength();
        if (packet.hopLimit() != UNFORWARDED || end - start < HEADER || frame.getByte(start + 1) != 0) {
            return;
        }
        switch (frame.getUnsignedByte(start)) {
            case ROUTER_SOLICITATION -> routerWanted(packet, frame, start, end);
            case NEIGHBOUR_SOLICITATION -> neighbourWanted(packet, frame, start, end);
            case NEIGHBOUR_ADVERTISEMENT -> neighbourFound(frame, start, end);
            default -> {}
        }
    }

    private void routerWanted(IpPacket packet, ByteBuf frame, int start, int end) {
        OptionalLong mac = option(frame, start + HEADER, end, SOURCE_MAC);
        learn(packet.from(), mac);
        advertise();
    }

    private void neighbourWanted(IpPacket packet, ByteBuf frame, int start, int end) {
        if (end - start < HEADER + ADDRESS) {
            return;
        }
        learn(packet.from(), option(frame, start + HEADER + ADDRESS, end, SOURCE_MAC));
        IpAddress target = IpAddress.readV6(frame, start + HEADER);
        boolean gateway = plan.isGateway(target);
        if (!gateway && !plan.isDns(target)) {
            return;
        }
        // One who asks whether an address is free has none yet (RFC 4862, 5.4.2), so all are told.
        boolean probe = packet.from().isUnspecified();
        ByteBuf answer = begin(NEIGHBOUR_ADVERTISEMENT);
        answer.writeInt((gateway ? FROM_ROUTER : 0) | (probe ? 0 : SOLICITED) | OVERRIDE);
        target.write(answer);
        writeMac(answer, TARGET_MAC);
        send(target, probe ? IpAddress.ALL_NODES : packet.from(), answer);
    }

    private void neighbourFound(ByteBuf frame, int start, int end) {
        if (end - start >= HEADER + ADDRESS) {
            learn(IpAddress.readV6(frame, start + HEADER), option(frame, start + HEADER + ADDRESS, end, TARGET_MAC));
        }
    }

    private void learn(IpAddress address, OptionalLong mac) {
        if (mac.isPresent() && !Ethernet.isGroup(mac.getAsLong()) && plan.isGuest(address)) {
            neighbours.learn(address, mac.getAsLong());
        }
    }

    /** The Ethernet address in an option: its type, its length in units of 8 bytes, six bytes. */
    private static OptionalLong option(ByteBuf frame, int start, int end, int type) {
        int at = start;
        while (end - at >= Long.BYTES) {
            int length = frame.getUnsignedByte(at + 1) * Long.BYTES;
            if (length == 0 || length > end - at) {
                return OptionalLong.empty();
            }
            if (frame.getUnsignedByte(at) == type) {
                return OptionalLong.of(Ethernet.address(frame, at + 2));
            }
            at += length;
        }
        return OptionalLong.empty();
    }

    /** Tells everybody of the router. */
    public void advertise() {
        ByteBuf message = begin(ROUTER_ADVERTISEMENT);
        message.writeByte(64); // hops
        message.writeByte(0); // neither addresses nor anything else by DHCPv6
        message.writeShort(ROUTER_SECONDS);
        message.writeLong(0); // reachable time and retransmission as the guest likes
        writeMac(message, SOURCE_MAC);
        message.writeByte(MTU).writeByte(1).writeShort(0).writeInt(plan.mtu());
        message.writeByte(PREFIX).writeByte(4).writeByte(NetworkPlan.PREFIX_BITS).writeByte(PREFIX_FLAGS);
        message.writeInt(PREFIX_SECONDS).writeInt(PREFERRED_SECONDS).writeInt(0);
        plan.prefix().write(message);
        message.writeByte(RDNSS).writeByte(3).writeShort(0).writeInt(ROUTER_SECONDS);
        plan.dns6().write(message);
        send(plan.router(), IpAddress.ALL_NODES, message);
    }

    /** Asks for a neighbour's Ethernet address. */
    public void ask(IpAddress address) {
        IpAddress group = new IpAddress(SOLICITED_NODE.high(), SOLICITED_NODE.low() | address.low() & 0xFF_FFFF);
        ByteBuf message = begin(NEIGHBOUR_SOLICITATION);
        message.writeInt(0);
        address.write(message);
        writeMac(message, SOURCE_MAC);
        send(plan.router(), group, message);
    }

    private ByteBuf begin(int type) {
        return allocator.directBuffer(ROOM, ROOM).writeByte(type).writeByte(0).writeShort(0);
    }

    private void writeMac(ByteBuf message, int option) {
        message.writeByte(option).writeByte(1);
        Ethernet.write(message, plan.mac());
    }

    private void send(IpAddress from, IpAddress to, ByteBuf message) {
        long pseudo = Checksum.addPseudoHeader(0, from, to, Protocol.ICMPV6, message.readableBytes());
        Checksum.fill(message, 2, pseudo);
        guest.send(from, to, Protocol.ICMPV6, message, 0);
    }
}
