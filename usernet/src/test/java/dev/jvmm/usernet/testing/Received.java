package dev.jvmm.usernet.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.IpPacket;
import dev.jvmm.usernet.packet.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** A frame that the guest got, with the checksum completed that it was asked to. */
public final class Received {
    public final ByteBuf frame;
    public final IpPacket ip = new IpPacket();
    public final int etherType;
    public final boolean isIp;

    /** Of the vnet header. */
    public final int gsoType;

    public final int gsoSize;
    public final boolean partial;

    public Received(byte[] bytes) {
        ByteBuf whole = Unpooled.wrappedBuffer(bytes);
        partial = whole.getByte(0) == 1;
        gsoType = whole.getByte(1);
        gsoSize = whole.getUnsignedShortLE(4);
        assertEquals(1, whole.getShortLE(10), "num_buffers");
        frame = whole.slice(12, bytes.length - 12);
        if (partial) {
            int start = whole.getUnsignedShortLE(6);
            int field = start + whole.getUnsignedShortLE(8);
            int sum = Checksum.finish(Checksum.add(0, frame, start, frame.readableBytes() - start));
            frame.setShort(field, sum);
        }
        etherType = Ethernet.type(frame, 0);
        isIp = etherType == Protocol.IPV4 || etherType == Protocol.IPV6;
        if (isIp) {
            assertTrue(ip.read(frame, Ethernet.HEADER, frame.readableBytes()), "an IP packet that can be believed");
            if (!ip.isFragment()) {
                long pseudo = ip.protocol() == Protocol.ICMP ? 0
                        : Checksum.addPseudoHeader(0, ip.from(), ip.to(), ip.protocol(), ip.payloadLength());
                assertEquals(
                        0xFFFF, Checksum.fold(Checksum.add(pseudo, frame, ip.payload(), ip.payloadLength())),
                        "checksum of protocol " + ip.protocol());
            }
        }
        assertEquals(Frames.GATEWAY_MAC, Ethernet.source(frame, 0));
    }

    public boolean is(int protocol) {
        return isIp && ip.protocol() == protocol;
    }

    /** What IP carries. */
    public ByteBuf payload() {
        return frame.slice(ip.payload(), ip.payloadLength());
    }

    public boolean isUdp(IpAddress from, int fromPort, int toPort) {
        return is(Protocol.UDP) && ip.from().equals(from) && payload().getUnsignedShort(0) == fromPort
                && payload().getUnsignedShort(2) == toPort;
    }

    /** A datagram's data. */
    public byte[] data() {
        byte[] data = new byte[ip.payloadLength() - 8];
        payload().getBytes(8, data);
        return data;
    }
}
