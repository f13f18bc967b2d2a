package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/** A segment that the stack has sent to the guest, taken apart. */
record SeenSegment(IpAddress from, IpAddress to, int ports, int sequence, int acknowledgment, int flags, int window,
        int mss, int scale,
        boolean sackPermitted, int sacks, int sackLeft, int sackRight, byte[] payload, int segmentSize) {

    static SeenSegment of(IpAddress from, IpAddress to, ByteBuf packet, int segmentSize) {
        TcpSegment s = new TcpSegment();
        if (!s.parse(packet)) {
            throw new AssertionError("not a segment: " + ByteBufUtil.hexDump(packet));
        }
        return new SeenSegment(from, to, ConnectionKey.ports(s.destinationPort, s.sourcePort), s.sequence,
                s.acknowledgment, s.flags,
                s.window, s.maximumSize, s.scale, s.sackPermitted, s.sacks, s.sackLeft[0], s.sackRight[0],
                ByteBufUtil.getBytes(packet, s.payloadAt, s.payload), segmentSize);
    }

    String text() {
        return new String(payload, StandardCharsets.ISO_8859_1);
    }

    boolean is(int flag) {
        return (flags & flag) != 0;
    }
}
