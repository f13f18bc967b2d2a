package dev.jvmm.virtio.net.host;

import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Frames for tests. */
final class Frames {
    static final MacAddress GUEST = MacAddress.parse("02:00:00:00:00:aa");
    static final MacAddress OTHER = MacAddress.parse("02:00:00:00:00:bb");
    static final int IPV4 = 0x0800;
    static final int SEGMENT = 1448;

    /** Bytes of the headers of Ethernet, IPv4 and TCP. */
    static final int TCP_HEADERS = 54;

    /** Bytes of the headers of Ethernet, IPv4 and UDP. */
    static final int UDP_HEADERS = 42;

    private Frames() {}

    /** An Ethernet frame of a type that no protocol has, with bytes that tell where they are. */
    static byte[] ethernet(MacAddress to, MacAddress from, int length) {
        byte[] frame = new byte[length];
        System.arraycopy(to.octets(), 0, frame, 0, 6);
        System.arraycopy(from.octets(), 0, frame, 6, 6);
        frame[12] = (byte) (PacketSocket.EXPERIMENT >> 8);
        frame[13] = (byte) PacketSocket.EXPERIMENT;
        for (int i = 14; i < length; i++) {
            frame[i] = (byte) (i * 31 + length);
        }
        return frame;
    }

    /** TCP over IPv4, of any length, with the sum of the pseudo header where the checksum goes. */
    static byte[] tcp(MacAddress to, MacAddress from, int payload) {
        byte[] frame = ethernet(to, from, TCP_HEADERS + payload);
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        int total = TCP_HEADERS - 14 + payload;
        bytes.putShort(12, (short) IPV4).put(14, (byte) 0x45).put(15, (byte) 0).putShort(16, (short) total);
        bytes.putInt(18, 0x4000).put(22, (byte) 64).put(23, (byte) 6).putShort(24, (short) 0);
        bytes.putInt(26, 0x0A00_0001).putInt(30, 0x0A00_0002);
        bytes.putShort(24, (short) ~sum(bytes, 14, 20, 0));
        bytes.putShort(34, (short) 1000).putShort(36, (short) 2000).putInt(38, 1).putInt(42, 1);
        bytes.putShort(46, (short) 0x5010).putShort(48, (short) 1000).putInt(50, 0);
        bytes.putShort(50, (short) sum(bytes, 26, 8, 6 + total - 20));
        return frame;
    }

    /** UDP over IPv4 without a checksum. */
    static byte[] udp(MacAddress to, MacAddress from, int port, int payload) {
        byte[] frame = ethernet(to, from, 42 + payload);
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        bytes.putShort(12, (short) IPV4).put(14, (byte) 0x45).put(15, (byte) 0).putShort(16, (short) (28 + payload));
        bytes.putInt(18, 0x4000).put(22, (byte) 64).put(23, (byte) 17).putShort(24, (short) 0);
        bytes.putInt(26, 0x0A00_0001).putInt(30, 0x0A00_0002);
        bytes.putShort(24, (short) ~sum(bytes, 14, 20, 0));
        bytes.putShort(34, (short) port).putShort(36, (short) 2000).putShort(38, (short) (8 + payload));
        bytes.putShort(40, (short) 0);
        return frame;
    }

    private static int sum(ByteBuffer bytes, int from, int length, int start) {
        int sum = start;
        for (int i = from; i < from + length; i += 2) {
            sum += bytes.getShort(i) & 0xFFFF;
        }
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }

    /** The header of such TCP that is to be cut into segments, 10 or 12 bytes. */
    static byte[] tsoHeader(int size) {
        ByteBuffer header = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        header.put(NetHeader.FLAGS, (byte) NetHeader.F_NEEDS_CSUM).put(NetHeader.GSO_TYPE, (byte) NetHeader.GSO_TCPV4);
        header.putShort(NetHeader.HDR_LEN, (short) TCP_HEADERS).putShort(NetHeader.GSO_SIZE, (short) SEGMENT);
        header.putShort(NetHeader.CSUM_START, (short) 34).putShort(NetHeader.CSUM_OFFSET, (short) 16);
        return header.array();
    }

    /** UDP over IPv4 that is still to be cut into datagrams, with the sum of the pseudo header where the checksum goes. */
    static byte[] longUdp(MacAddress to, MacAddress from, int payload) {
        byte[] frame = udp(to, from, 2000, payload);
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        bytes.putShort(40, (short) sum(bytes, 26, 8, 17 + 8 + payload));
        return frame;
    }

    /** The virtio_net_hdr that goes with {@link #longUdp}, of so many bytes. */
    static byte[] usoHeader(int size) {
        byte[] header = tsoHeader(size);
        header[NetHeader.GSO_TYPE] = NetHeader.GSO_UDP_L4;
        header[NetHeader.HDR_LEN] = UDP_HEADERS;
        header[NetHeader.CSUM_OFFSET] = 6;
        return header;
    }

    /** One behind the other. */
    static byte[] joined(byte[] first, byte[] second) {
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** With a header of zeroes in front. */
    static byte[] plain(byte[] frame) {
        return joined(new byte[NetHeader.SIZE], frame);
    }
}
