package dev.jvmm.usernet.service;

import dev.jvmm.usernet.link.LinkSink;
import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.IpPacket;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.packet.UdpDatagram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Answers the guest's pings of gateway and name server, and says why something was not delivered.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc792 RFC 792
 * @spec https://www.rfc-editor.org/rfc/rfc4443 RFC 4443
 */
public final class Icmp {
    private static final int HEADER = 8;
    private static final int CHECKSUM = 2;
    private static final int ECHO_REPLY = 0;
    private static final int UNREACHABLE = 3;
    private static final int ECHO_REQUEST = 8;
    private static final int UNREACHABLE_V6 = 1;
    private static final int ECHO_REQUEST_V6 = 128;
    private static final int ECHO_REPLY_V6 = 129;
    private static final int HOPS = 64;

    private final NetworkPlan plan;
    private final LinkSink guest;
    private final ByteBufAllocator allocator;
    private final EchoRelay outside;

    /** Why a packet was not delivered, as the two ICMPs number it. */
    public enum Reason {
        /** Nobody listens there. */
        PORT(3, 4),
        /** There is no such host, or no way to it. */
        HOST(1, 3),
        /** It is not allowed. */
        PROHIBITED(13, 1);

        private final int code;
        private final int codeV6;

        Reason(int code, int codeV6) {
            this.code = code;
            this.codeV6 = codeV6;
        }
    }

    /** Who pings the outside for a guest. */
    public interface EchoRelay {
        /**
         * Sends an echo request; its answer goes to {@link Icmp#echoReply}.
         *
         * @param message the whole ICMP message, valid until this returns
         * @return false when that is not possible
         */
        boolean request(IpAddress from, IpAddress to, ByteBuf message);
    }

    public Icmp(NetworkPlan plan, LinkSink guest, ByteBufAllocator allocator, EchoRelay outside) {
        this.plan = plan;
        this.guest = guest;
        this.allocator = allocator;
        this.outside = outside;
    }

    /** A message for IPv4 or IPv6 whose checksum is right. */
    public void input(IpAddress from, IpAddress to, ByteBuf bytes, int start, int length) {
        boolean v4 = to.isV4();
        int request = v4 ? ECHO_REQUEST : ECHO_REQUEST_V6;
        if (length < HEADER || bytes.getUnsignedByte(start) != request || bytes.getByte(start + 1) != 0
                || to.isMulticast() || plan.isBroadcast(to)) {
            return;
        }
        if (plan.isGateway(to) || plan.isDns(to)) {
            echoReply(to, from, bytes.slice(start, length));
        } else if (!outside.request(from, to, bytes.slice(start, length))) {
            unreachable(Reason.PROHIBITED, from, to, v4 ? Protocol.ICMP : Protocol.ICMPV6, bytes.getLong(start),
                    length);
        }
    }

    /** Gives the guest the answer to an echo request. @param message the request or the answer; only its type is changed */
    public void echoReply(IpAddress from, IpAddress to, ByteBuf message) {
        int length = message.readableBytes();
        ByteBuf reply = allocator.directBuffer(length, length);
        reply.writeBytes(message, message.readerIndex(), length);
        reply.setByte(0, to.isV4() ? ECHO_REPLY : ECHO_REPLY_V6);
        send(from, to, reply);
    }

    /** Tells the guest that its datagram did not arrive. */
    public void unreachable(Reason reason, IpAddress from, int fromPort, IpAddress to, int toPort, int dataLength) {
        int length = UdpDatagram.HEADER + dataLength;
        long header = (long) fromPort << 48 | (long) toPort << 32 | (long) length << 16;
        unreachable(reason, from, to, Protocol.UDP, header, length);
    }

    /**
     * Tells the guest that its packet did not arrive, quoting its IP header, made anew, and eight bytes.
     *
     * @param quoted the first eight bytes that IP carried
     * @param length how many there were
     */
    public void unreachable(Reason reason, IpAddress from, IpAddress to, int protocol, long quoted, int length) {
        boolean v4 = to.isV4();
        int size = HEADER + (v4 ? IpPacket.V4_HEADER : IpPacket.V6_HEADER) + Long.BYTES;
        ByteBuf message = allocator.directBuffer(size, size);
        message.writeByte(v4 ? UNREACHABLE : UNREACHABLE_V6).writeByte(v4 ? reason.code : reason.codeV6);
        message.writeZero(HEADER - 2);
        if (v4) {
            message.writeShort(0x4500).writeShort(IpPacket.V4_HEADER + length).writeInt(0);
            message.writeByte(HOPS).writeByte(protocol).writeShort(0);
        } else {
            message.writeInt(0x6000_0000).writeShort(length).writeByte(protocol).writeByte(HOPS);
        }
        from.write(message);
        to.write(message);
        if (v4) {
            message.setShort(HEADER + 10, Checksum.finish(Checksum.add(0, message, HEADER, IpPacket.V4_HEADER)));
        }
        message.writeLong(quoted);
        send(v4 ? plan.gateway() : plan.gateway6(), from, message);
    }

    private void send(IpAddress from, IpAddress to, ByteBuf message) {
        boolean v4 = to.isV4();
        int protocol = v4 ? Protocol.ICMP : Protocol.ICMPV6;
        Checksum.fill(
                message, CHECKSUM, v4 ? 0 : Checksum.addPseudoHeader(0, from, to, protocol, message.readableBytes()));
        guest.send(from, to, protocol, message, 0);
    }
}
