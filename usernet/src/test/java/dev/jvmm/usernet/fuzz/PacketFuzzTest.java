package dev.jvmm.usernet.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.usernet.packet.ArpPacket;
import dev.jvmm.usernet.packet.DhcpRequest;
import dev.jvmm.usernet.packet.DnsQuestion;
import dev.jvmm.usernet.packet.IpPacket;
import dev.jvmm.usernet.packet.UdpDatagram;
import dev.jvmm.usernet.packet.VnetHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Every parser over any bytes, in the middle of a buffer whose other bytes are none of its business. */
class PacketFuzzTest {
    private static final int AROUND = 64;

    private final IpPacket ip = new IpPacket();
    private final UdpDatagram udp = new UdpDatagram();
    private final VnetHeader vnet = new VnetHeader();

    @FuzzTest(maxDuration = "10m")
    void anyPacket(byte[] input) {
        int length = input.length;
        ByteBuf exact = Unpooled.wrappedBuffer(input);
        ByteBuf wide = Unpooled.buffer(length + 2 * AROUND).writeZero(AROUND).writeBytes(input).writeZero(AROUND);
        for (int family = 4; length > 0 && family <= 6; family += 2) {
            wide.setByte(AROUND, family << 4 | input[0] & 0xF);
            if (ip.read(wide, AROUND, AROUND + length)) {
                inside(ip.payload(), ip.payloadLength(), length);
                if (ip.isFragment() && (ip.fragmentOffset() < 0 || ip.fragmentOffset() > 65_528)) {
                    throw new AssertionError("a fragment at " + ip.fragmentOffset());
                }
                ip.from().toString();
            }
        }
        if (length > 0) {
            wide.setByte(AROUND, input[0]);
        }
        if (udp.read(wide, AROUND, length)) {
            inside(udp.payload(), udp.payloadLength(), length);
        }
        ArpPacket.read(exact, 0, length).ifPresent(packet -> packet.write(Unpooled.buffer()));
        DhcpRequest.read(exact, 0, length);
        if (vnet.read(exact) && vnet.needsChecksum()
                && VnetHeader.SIZE + vnet.checksumStart() + vnet.checksumOffset() + Short.BYTES > length) {
            throw new AssertionError("a checksum behind the frame");
        }
        if (DnsQuestion.isQuery(exact)) {
            ByteBuf failure = Unpooled.buffer();
            DnsQuestion.writeFailure(exact, failure);
            if (failure.readableBytes() > Math.max(12, length) || !DnsQuestion.answers(failure, exact)) {
                throw new AssertionError("an answer longer than its question, or to another");
            }
        }
    }

    private static void inside(int start, int length, int all) {
        if (length < 0 || start < AROUND || start + length > AROUND + all) {
            throw new AssertionError(length + " bytes at " + (start - AROUND) + " of " + all);
        }
    }
}
