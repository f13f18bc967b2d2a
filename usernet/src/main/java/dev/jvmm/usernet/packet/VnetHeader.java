package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * The header in front of each frame between driver and device: what checksums and segmentation were left undone. Little-endian. One
 * object reads one after the other; for one thread.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1.6
 */
public final class VnetHeader {
    /** Bytes of {@code struct virtio_net_hdr_v1}. */
    public static final int SIZE = 12;

    /** VIRTIO_NET_HDR_F_NEEDS_CSUM: the sum from csum_start on is missing. */
    public static final int NEEDS_CSUM = 1;

    /** VIRTIO_NET_HDR_GSO_TCPV4. */
    public static final int GSO_TCPV4 = 1;

    /** VIRTIO_NET_HDR_GSO_TCPV6. */
    public static final int GSO_TCPV6 = 4;

    private static final int GSO_ECN = 0x80;

    private boolean needsChecksum;
    private int gsoType;
    private int checksumStart;
    private int checksumOffset;

    /** Nothing read yet. */
    public VnetHeader() {}

    /**
     * Reads a frame's header and checks it as 5.1.6.2.1 has it of a driver.
     *
     * @param frame from the header on
     * @return false when it is a lie, or asks for what is not offered
     */
    public boolean read(ByteBuf frame) {
        int start = frame.readerIndex();
        int rest = frame.readableBytes() - SIZE;
        if (rest < Ethernet.HEADER) {
            return false;
        }
        needsChecksum = (frame.getByte(start) & NEEDS_CSUM) != 0;
        gsoType = frame.getUnsignedByte(start + 1) & ~GSO_ECN;
        checksumStart = frame.getUnsignedShortLE(start + 6);
        checksumOffset = frame.getUnsignedShortLE(start + 8);
        if (needsChecksum && (checksumStart < Ethernet.HEADER || checksumStart + checksumOffset > rest - Short.BYTES)) {
            return false;
        }
        return switch (gsoType) {
            case 0 -> true;
            case GSO_TCPV4, GSO_TCPV6 -> needsChecksum && frame.getUnsignedShortLE(start + 4) > 0;
            default -> false;
        };
    }

    /** Whether a checksum is the frame's reader's to complete. */
    public boolean needsChecksum() {
        return needsChecksum;
    }

    /** Whether the frame holds several TCP segments as one. */
    public boolean isLong() {
        return gsoType != 0;
    }

    /** Bytes from the frame's begin to where the missing checksum's sum starts. */
    public int checksumStart() {
        return checksumStart;
    }

    /** Bytes from there to where it belongs. */
    public int checksumOffset() {
        return checksumOffset;
    }

    /** Writes a header that leaves nothing undone. */
    public static void write(ByteBuffer to, int at) {
        to.putLong(at, 0);
        to.putShort(at + 8, (short) 0);
        to.putShort(at + 10, Short.reverseBytes((short) 1));
    }

    /**
     * Adds to a header that the receiver must trust, or complete, a checksum, and may see a long packet.
     *
     * @param to big-endian
     * @param gso 0 or {@code GSO_TCPV4}, {@code GSO_TCPV6}
     * @param headers bytes of all headers up to the TCP payload, where gso is not 0
     * @param segment TCP payload bytes of a segment, likewise
     */
    public static void writeUndone(ByteBuffer to, int at, int checksumStart, int checksumOffset, int gso, int headers,
            int segment) {
        to.put(at, (byte) NEEDS_CSUM);
        to.put(at + 1, (byte) gso);
        to.putShort(at + 2, Short.reverseBytes((short) headers));
        to.putShort(at + 4, Short.reverseBytes((short) segment));
        to.putShort(at + 6, Short.reverseBytes((short) checksumStart));
        to.putShort(at + 8, Short.reverseBytes((short) checksumOffset));
    }
}
