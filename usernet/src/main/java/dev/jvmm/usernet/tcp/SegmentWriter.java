package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/** Headers of segments for the guest (RFC 9293, 3.1). The checksum stays zero: it is the sink's. */
final class SegmentWriter {
    private static final int SYN_OPTIONS = 4;
    private static final int SACK_OPTION = 4;
    private static final int SACK_BLOCK = 8;
    private static final int SCALE_OPTION = 4;
    private static final int NOTHING = TcpSegment.OPTION_NOTHING;

    private SegmentWriter() {}

    /**
     * Writes the first 20 bytes.
     *
     * @param at index of the header
     * @param length the header's, with its options: a multiple of 4
     * @param window as it stands in the header
     */
    static void header(ByteBuf to, int at, int length, int ports, int sequence, int acknowledgment, int flags,
            int window) {
        to.setInt(at, Integer.rotateLeft(ports, Short.SIZE));
        to.setInt(at + 4, sequence);
        to.setInt(at + 8, acknowledgment);
        to.setInt(at + 12, length << 26 | flags << 16 | window);
        to.setInt(at + 16, 0);
    }

    /** A segment of nothing but a header. @param ports as {@link ConnectionKey#ports()} */
    static ByteBuf bare(int ports, int sequence, int acknowledgment, int flags, int window) {
        ByteBuf packet = PooledByteBufAllocator.DEFAULT.directBuffer(TcpSegment.HEADER);
        header(packet, 0, TcpSegment.HEADER, ports, sequence, acknowledgment, flags, window);
        return packet.writerIndex(TcpSegment.HEADER);
    }

    /** A SYN with our options. @param scale -1: none */
    static ByteBuf synchronise(int ports, int sequence, int acknowledgment, int flags, int window, int mss,
            boolean sack, int scale) {
        int length = TcpSegment.HEADER + SYN_OPTIONS + (sack ? SACK_OPTION : 0) + (scale >= 0 ? SCALE_OPTION : 0);
        ByteBuf packet = PooledByteBufAllocator.DEFAULT.directBuffer(length);
        header(packet, 0, length, ports, sequence, acknowledgment, flags, window);
        packet.writerIndex(TcpSegment.HEADER);
        packet.writeInt(TcpSegment.OPTION_MSS << 24 | 4 << 16 | mss);
        if (sack) {
            packet.writeInt(NOTHING << 24 | NOTHING << 16 | TcpSegment.OPTION_SACK_PERMITTED << 8 | 2);
        }
        if (scale >= 0) {
            packet.writeInt(NOTHING << 24 | TcpSegment.OPTION_SCALE << 16 | 3 << 8 | scale);
        }
        return packet;
    }

    /** An acknowledgment with SACK blocks. */
    static ByteBuf selective(int ports, int sequence, int acknowledgment, int window, int blocks, int[] left,
            int[] right) {
        int length = TcpSegment.HEADER + SACK_OPTION + SACK_BLOCK * blocks;
        ByteBuf packet = PooledByteBufAllocator.DEFAULT.directBuffer(length);
        header(packet, 0, length, ports, sequence, acknowledgment, TcpSegment.ACK, window);
        packet.writerIndex(TcpSegment.HEADER);
        packet.writeInt(NOTHING << 24 | NOTHING << 16 | TcpSegment.OPTION_SACK << 8 | 2 + SACK_BLOCK * blocks);
        for (int i = 0; i < blocks; i++) {
            packet.writeInt(left[i]);
            packet.writeInt(right[i]);
        }
        return packet;
    }
}
