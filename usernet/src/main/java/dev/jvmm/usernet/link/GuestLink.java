package dev.jvmm.usernet.link;

import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.IpPacket;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.packet.UdpDatagram;
import dev.jvmm.usernet.packet.VnetHeader;
import dev.jvmm.virtio.net.NetFeature;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Puts IP, Ethernet and vnet headers in front of packets for the guest. On the stack's thread. */
public final class GuestLink implements LinkSink {
    private static final int ETHERNET = VnetHeader.SIZE;
    private static final int IP = ETHERNET + Ethernet.HEADER;

    /** L4 bytes of a long TCP packet: what fits the 16 bits of IPv4's length, and less than 64 KiB with all headers. */
    private static final int LONG = 65_000;

    private static final int TCP_CHECKSUM = 16;
    private static final int TCP_DATA_OFFSET = 12;
    private static final int HOPS = 64;

    /** Neighbour discovery believes only packets that were not forwarded (RFC 4861, 6.1). */
    private static final int ALL_HOPS = 255;

    private static final int DONT_FRAGMENT = 0x4000;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int FRAGMENT = 44;

    private final NetworkPlan plan;
    private final Exchange exchange;
    private final ByteBufAllocator allocator;
    private final Neighbours neighbours;
    private final ByteBuffer headers;
    private Consumer<IpAddress> asker = address -> {};
    private int fragmentId;

    public GuestLink(NetworkPlan plan, Exchange exchange, ByteBufAllocator allocator, Neighbours neighbours) {
        this.plan = plan;
        this.exchange = exchange;
        this.allocator = allocator;
        this.neighbours = neighbours;
        headers = exchange.headers();
    }

    /** Who is told of a neighbour that somebody should ask for; the packet for it is lost. */
    public void onUnknown(Consumer<IpAddress> whoAsks) {
        asker = whoAsks;
    }

    @Override
    public int mtu() {
        return plan.mtu();
    }

    @Override
    public int most() {
        long long4and6 = NetFeature.GUEST_TSO4 | NetFeature.GUEST_TSO6;
        return (exchange.features() & long4and6) == long4and6 ? LONG : plan.mtu() - IpPacket.V6_HEADER;
    }

    @Override
    public boolean send(IpAddress from, IpAddress to, int protocol, ByteBuf packet, int segmentSize) {
        long mac = macOf(to);
        if (mac == Neighbours.UNKNOWN || from.isV4() != to.isV4()) {
            packet.release();
            return true;
        }
        return protocol == Protocol.TCP ? tcp(mac, from, to, packet, segmentSize)
                : other(mac, from, to, protocol, packet);
    }

    @Override
    public void sendTo(long destination, IpAddress from, IpAddress to, int protocol, ByteBuf packet) {
        other(destination, from, to, protocol, packet);
    }

    private long macOf(IpAddress to) {
        if (plan.isBroadcast(to)) {
            return Ethernet.BROADCAST;
        }
        if (to.isMulticast()) {
            return Ethernet.multicast(to);
        }
        long mac = neighbours.find(to);
        if (mac == Neighbours.UNKNOWN) {
            asker.accept(to);
        }
        return mac;
    }

    private boolean tcp(long mac, IpAddress from, IpAddress to, ByteBuf packet, int segmentSize) {
        int length = packet.readableBytes();
        int start = packet.readerIndex();
        int header = (packet.getByte(start + TCP_DATA_OFFSET) >> 4 & 0xF) * Integer.BYTES;
        boolean isLong = segmentSize > 0 && length - header > segmentSize;
        int ipHeader = ipHeader(to);
        long needed = isLong ? to.isV4() ? NetFeature.GUEST_TSO4 : NetFeature.GUEST_TSO6 : 0;
        // Long packets for a driver that has just been changed for one that takes none are lost, and will be sent again.
        if (!exchange.isActive() || (exchange.features() & needed) != needed
                || !isLong && length + ipHeader > plan.mtu()) {
            packet.release();
            return true;
        }
        int at = exchange.begin(length);
        if (at < 0) {
            packet.release();
            return false;
        }
        begin(at, mac, to);
        writeIp(at + IP, from, to, Protocol.TCP, length);
        long sum = Checksum.addPseudoHeader(0, from, to, Protocol.TCP, length);
        if ((exchange.features() & NetFeature.GUEST_CSUM) != 0) {
            packet.setShort(start + TCP_CHECKSUM, Checksum.fold(sum));
            int gso = !isLong ? 0 : to.isV4() ? VnetHeader.GSO_TCPV4 : VnetHeader.GSO_TCPV6;
            int l4 = Ethernet.HEADER + ipHeader;
            VnetHeader.writeUndone(
                    headers, at, l4, TCP_CHECKSUM, gso, isLong ? l4 + header : 0, isLong ? segmentSize : 0);
        } else {
            packet.setShort(start + TCP_CHECKSUM, 0);
            packet.setShort(start + TCP_CHECKSUM, Checksum.finish(Checksum.add(sum, packet, start, length)));
        }
        exchange.end(IP + ipHeader, packet);
        return true;
    }

    private static int ipHeader(IpAddress to) {
        return to.isV4() ? IpPacket.V4_HEADER : IpPacket.V6_HEADER;
    }

    @Override
    public void udp(IpAddress from, int fromPort, IpAddress to, int toPort, ByteBuf data) {
        long mac = macOf(to);
        int length = UdpDatagram.HEADER + data.readableBytes();
        int ipHeader = ipHeader(to);
        if (mac == Neighbours.UNKNOWN || from.isV4() != to.isV4() || length + ipHeader > 0xFFFF) {
            data.release();
            return;
        }
        if (length + ipHeader > plan.mtu()) {
            ByteBuf packet = allocator.directBuffer(length, length);
            packet.writeShort(fromPort).writeShort(toPort).writeShort(length).writeShort(0).writeBytes(data);
            data.release();
            long sum = Checksum.addPseudoHeader(0, from, to, Protocol.UDP, length);
            packet.setShort(UdpDatagram.CHECKSUM, udpChecksum(Checksum.add(sum, packet, 0, length)));
            fragments(mac, from, to, Protocol.UDP, packet);
            return;
        }
        int at = beginOrRelease(data);
        if (at < 0) {
            return;
        }
        begin(at, mac, to);
        writeIp(at + IP, from, to, Protocol.UDP, length);
        int udp = at + IP + ipHeader;
        headers.putShort(udp, (short) fromPort);
        headers.putShort(udp + 2, (short) toPort);
        headers.putShort(udp + 4, (short) length);
        headers.putShort(udp + UdpDatagram.CHECKSUM, (short) 0);
        long sum = Checksum.addPseudoHeader(0, from, to, Protocol.UDP, length);
        if ((exchange.features() & NetFeature.GUEST_CSUM) != 0) {
            headers.putShort(udp + UdpDatagram.CHECKSUM, (short) Checksum.fold(sum));
            VnetHeader.writeUndone(headers, at, Ethernet.HEADER + ipHeader, UdpDatagram.CHECKSUM, 0, 0, 0);
        } else {
            sum = Checksum.add(sum, headers, udp, UdpDatagram.HEADER);
            sum = Checksum.add(sum, data, data.readerIndex(), data.readableBytes());
            headers.putShort(udp + UdpDatagram.CHECKSUM, (short) udpChecksum(sum));
        }
        exchange.end(IP + ipHeader + UdpDatagram.HEADER, data);
    }

    /** A sum that comes out as 0 is sent as all ones, since 0 says that there is none. */
    private static int udpChecksum(long sum) {
        int checksum = Checksum.finish(sum);
        return checksum == 0 ? 0xFFFF : checksum;
    }

    @Override
    public void frame(long destination, int etherType, ByteBuf payload) {
        int at = beginOrRelease(payload);
        if (at >= 0) {
            writeEthernet(at, destination, etherType);
            exchange.end(IP, payload);
        }
    }

    /** A packet that has its checksum. */
    private boolean other(long mac, IpAddress from, IpAddress to, int protocol, ByteBuf packet) {
        int length = packet.readableBytes();
        if (length + ipHeader(to) > plan.mtu()) {
            return fragments(mac, from, to, protocol, packet);
        }
        int at = beginOrRelease(packet);
        if (at < 0) {
            return !exchange.isActive();
        }
        begin(at, mac, to);
        writeIp(at + IP, from, to, protocol, length);
        exchange.end(IP + ipHeader(to), packet);
        return true;
    }

    /** Sends a packet in pieces; takes it over. */
    private boolean fragments(long mac, IpAddress from, IpAddress to, int protocol, ByteBuf packet) {
        boolean v4 = to.isV4();
        int header = v4 ? IpPacket.V4_HEADER : IpPacket.V6_HEADER + IpPacket.FRAGMENT_HEADER;
        int most = plan.mtu() - header & ~7;
        int length = packet.readableBytes();
        int start = packet.readerIndex();
        int id = ++fragmentId;
        boolean sent = true;
        for (int offset = 0; sent && offset < length; offset += most) {
            int size = Math.min(most, length - offset);
            boolean more = offset + size < length;
            ByteBuf piece = packet.retainedSlice(start + offset, size);
            int at = beginOrRelease(piece);
            sent = at >= 0;
            if (sent) {
                begin(at, mac, to);
                if (v4) {
                    writeV4(at + IP, from, to, protocol, size, id & 0xFFFF, offset / 8 | (more ? MORE_FRAGMENTS : 0));
                } else {
                    writeV6(at + IP, from, to, FRAGMENT, size + IpPacket.FRAGMENT_HEADER);
                    int extension = at + IP + IpPacket.V6_HEADER;
                    headers.putShort(extension, (short) (protocol << Byte.SIZE));
                    headers.putShort(extension + 2, (short) (offset | (more ? 1 : 0)));
                    headers.putInt(extension + 4, id);
                }
                exchange.end(IP + header, piece);
            }
        }
        packet.release();
        return sent || !exchange.isActive();
    }

    private int beginOrRelease(ByteBuf payload) {
        int at = exchange.isActive() ? exchange.begin(payload.readableBytes()) : -1;
        if (at < 0) {
            payload.release();
        }
        return at;
    }

    private void begin(int at, long mac, IpAddress to) {
        writeEthernet(at, mac, to.isV4() ? Protocol.IPV4 : Protocol.IPV6);
    }

    private void writeEthernet(int at, long destination, int etherType) {
        VnetHeader.write(headers, at);
        int ethernet = at + ETHERNET;
        headers.putLong(ethernet, destination << Short.SIZE | plan.mac() >>> Integer.SIZE);
        headers.putInt(ethernet + Long.BYTES, (int) plan.mac());
        headers.putShort(ethernet + Long.BYTES + Integer.BYTES, (short) etherType);
    }

    private void writeIp(int at, IpAddress from, IpAddress to, int protocol, int length) {
        if (to.isV4()) {
            writeV4(at, from, to, protocol, length, 0, DONT_FRAGMENT);
        } else {
            writeV6(at, from, to, protocol, length);
        }
    }

    private void writeV4(int at, IpAddress from, IpAddress to, int protocol, int length, int id, int fragment) {
        headers.putInt(at, 0x4500_0000 | IpPacket.V4_HEADER + length);
        headers.putInt(at + 4, id << Short.SIZE | fragment);
        headers.putInt(at + 8, HOPS << 24 | protocol << 16);
        headers.putInt(at + 12, from.v4());
        headers.putInt(at + 16, to.v4());
        headers.putShort(at + 10, (short) Checksum.finish(Checksum.add(0, headers, at, IpPacket.V4_HEADER)));
    }

    private void writeV6(int at, IpAddress from, IpAddress to, int next, int length) {
        headers.putInt(at, 0x6000_0000);
        headers.putInt(at + 4, length << Short.SIZE | next << Byte.SIZE | (next == Protocol.ICMPV6 ? ALL_HOPS : HOPS));
        headers.putLong(at + 8, from.high());
        headers.putLong(at + 16, from.low());
        headers.putLong(at + 24, to.high());
        headers.putLong(at + 32, to.low());
    }

}
