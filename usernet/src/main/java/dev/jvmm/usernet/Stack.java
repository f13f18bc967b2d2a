package dev.jvmm.usernet;

import dev.jvmm.usernet.link.DeviceSide;
import dev.jvmm.usernet.link.Exchange;
import dev.jvmm.usernet.link.FrameHandler;
import dev.jvmm.usernet.link.GuestLink;
import dev.jvmm.usernet.link.Neighbours;
import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.IpPacket;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.packet.UdpDatagram;
import dev.jvmm.usernet.packet.VnetHeader;
import dev.jvmm.usernet.service.Arp;
import dev.jvmm.usernet.service.Destinations;
import dev.jvmm.usernet.service.Dhcp;
import dev.jvmm.usernet.service.Dns;
import dev.jvmm.usernet.service.Icmp;
import dev.jvmm.usernet.service.Ndp;
import dev.jvmm.usernet.service.Pings;
import dev.jvmm.usernet.service.Reassembly;
import dev.jvmm.usernet.service.Resolvers;
import dev.jvmm.usernet.service.UdpFlows;
import dev.jvmm.usernet.tcp.TcpLimits;
import dev.jvmm.usernet.tcp.TcpStack;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Takes the guest's frames apart and gives each packet to whom it concerns. On the stack's thread. */
final class Stack implements FrameHandler, AutoCloseable {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
    private static final long DNS_PATIENCE_MILLIS = 2_500;
    private static final int ADVERTISE_SECONDS = Ndp.ROUTER_SECONDS / 3;
    private static final int TCP_HEADER = 20;
    private static final int TCP_CHECKSUM = 16;
    private static final int ICMP_HEADER = 8;

    private final NetworkPlan plan;
    private final boolean restricted;
    private final Neighbours neighbours = new Neighbours();
    private final GuestLink guest;
    private final Arp arp;
    private final Ndp ndp;
    private final Dhcp dhcp;
    private final Dns dns;
    private final Icmp icmp;
    private final Pings pings;
    private final UdpFlows udp;
    private final TcpStack tcp;
    private final Reassembly reassembly;
    private final Future<?> advertising;
    private final VnetHeader vnet = new VnetHeader();
    private final IpPacket ip = new IpPacket();
    private final UdpDatagram datagram = new UdpDatagram();

    /** Index of the Ethernet header of the frame at hand. */
    private int frameStart;

    Stack(
            EventLoop loop, ByteBufAllocator allocator, UserNetConfig config, Exchange exchange, DeviceSide device,
            LongSupplier nanoTime) {
        plan = config.plan();
        restricted = config.restricted();
        guest = new GuestLink(plan, exchange, allocator, neighbours);
        arp = new Arp(plan, guest, neighbours, allocator);
        ndp = new Ndp(plan, guest, neighbours, allocator);
        dhcp = new Dhcp(plan, guest, neighbours, allocator);
        Resolvers resolvers = new Resolvers(config.resolvers(), RESOLV_CONF, nanoTime);
        dns = new Dns(loop, allocator, guest, resolvers, DNS_PATIENCE_MILLIS);
        Destinations destinations = new Destinations(plan, resolvers, restricted);
        pings = new Pings(loop, allocator, device, destinations, nanoTime);
        icmp = new Icmp(plan, guest, allocator, pings);
        pings.answerThrough(icmp);
        udp = new UdpFlows(loop, allocator, plan, guest, icmp, destinations, nanoTime);
        tcp = new TcpStack(loop, guest, TcpLimits.DEFAULT, destinations::target, nanoTime);
        reassembly = new Reassembly(allocator, nanoTime);
        guest.onUnknown(this::ask);
        if (!plan.ipv6()) {
            advertising = loop.newSucceededFuture(null);
        } else {
            advertising = loop
                    .scheduleAtFixedRate(ndp::advertise, ADVERTISE_SECONDS, ADVERTISE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void ask(IpAddress neighbour) {
        if (!plan.isGuest(neighbour)) {
            return;
        }
        if (neighbour.isV4()) {
            arp.ask(neighbour);
        } else {
            ndp.ask(neighbour);
        }
    }

    /** For forwarded ports. */
    UdpFlows udp() {
        return udp;
    }

    @Override
    public void frame(ByteBuf frame) {
        if (!vnet.read(frame)) {
            return;
        }
        frameStart = frame.readerIndex() + VnetHeader.SIZE;
        int start = frameStart + Ethernet.HEADER;
        int end = frame.writerIndex();
        long destination = Ethernet.destination(frame, frameStart);
        long source = Ethernet.source(frame, frameStart);
        if (destination != plan.mac() && !Ethernet.isGroup(destination) || Ethernet.isGroup(source)) {
            return;
        }
        int type = Ethernet.type(frame, frameStart);
        if (type == Protocol.ARP) {
            arp.input(frame, start, end);
        } else if ((type == Protocol.IPV4 || type == Protocol.IPV6 && plan.ipv6()) && ip.read(frame, start, end)
                && ip.from().isV4() == (type == Protocol.IPV4)) {
            packet(frame, source);
        }
    }

    private void packet(ByteBuf frame, long source) {
        if (plan.isGuest(ip.from())) {
            neighbours.learn(ip.from(), source);
        } else if (!ip.from().isUnspecified()) {
            return;
        }
        if (!ip.isFragment()) {
            payload(frame, ip.payload(), ip.payloadLength(), vnet.needsChecksum());
        } else if (!vnet.needsChecksum() && !ip.from().isUnspecified()) {
            Optional<ByteBuf> whole = reassembly.input(ip, frame);
            if (whole.isPresent()) {
                try {
                    payload(whole.get(), 0, whole.get().readableBytes(), false);
                } finally {
                    whole.get().release();
                }
            }
        }
    }

    /** What IP carries. @param partial whether the driver left a checksum to us */
    private void payload(ByteBuf bytes, int at, int length, boolean partial) {
        switch (ip.protocol()) {
            case Protocol.TCP -> tcp(bytes, at, length, partial);
            case Protocol.UDP -> udp(bytes, at, length, partial);
            case Protocol.ICMP -> icmp(bytes, at, length, partial, true);
            case Protocol.ICMPV6 -> icmp(bytes, at, length, partial, false);
            default -> {}
        }
    }

    private void tcp(ByteBuf bytes, int at, int length, boolean partial) {
        if (length >= TCP_HEADER && isUnicast(ip.to()) && !ip.from().isUnspecified()
                && isIntact(bytes, at, length, partial, TCP_CHECKSUM)) {
            tcp.input(ip.from(), ip.to(), bytes.slice(at, length));
        }
    }

    private boolean isUnicast(IpAddress to) {
        return !to.isMulticast() && !plan.isBroadcast(to) && !to.isUnspecified();
    }

    /** Whether a packet's checksum is right, or is one that nobody has made since the packet never left this host's memory. */
    private boolean isIntact(ByteBuf bytes, int at, int length, boolean partial, int field) {
        if (partial) {
            int start = frameStart + vnet.checksumStart();
            if (start == at && vnet.checksumOffset() == field) {
                return true;
            }
            complete(bytes, start, at + length);
        } else if (vnet.isLong()) {
            return false;
        }
        return isIntact(bytes, at, length);
    }

    private boolean isIntact(ByteBuf bytes, int at, int length) {
        long pseudo = ip.protocol() == Protocol.ICMP ? 0
                : Checksum.addPseudoHeader(0, ip.from(), ip.to(), ip.protocol(), length);
        return Checksum.fold(Checksum.add(pseudo, bytes, at, length)) == 0xFFFF;
    }

    /** Makes a checksum that the driver left to us and that is none of IP's payload's own, such as one inside a tunnel. */
    private void complete(ByteBuf bytes, int start, int end) {
        int field = start + vnet.checksumOffset();
        if (end - field >= Short.BYTES && start < end) {
            bytes.setShort(field, Checksum.finish(Checksum.add(0, bytes, start, end - start)));
        }
    }

    private void udp(ByteBuf bytes, int at, int length, boolean partial) {
        if (!datagram.read(bytes, at, length)) {
            return;
        }
        int stated = UdpDatagram.HEADER + datagram.payloadLength();
        boolean unsummed = bytes.getShort(at + UdpDatagram.CHECKSUM) == 0;
        if (unsummed ? !ip.from().isV4() : !isIntact(bytes, at, stated, partial, UdpDatagram.CHECKSUM)) {
            return;
        }
        IpAddress to = ip.to();
        int toPort = datagram.destinationPort();
        if (toPort == Dhcp.SERVER_PORT && to.isV4() && (plan.isBroadcast(to) || plan.isGateway(to))) {
            dhcp.input(bytes, datagram.payload(), datagram.payloadLength());
        } else if (isUnicast(to) && !ip.from().isUnspecified() && datagram.sourcePort() != 0) {
            ByteBuf data = bytes.slice(datagram.payload(), datagram.payloadLength());
            if (plan.isDns(to) && toPort == Dns.PORT && !restricted) {
                dns.input(ip.from(), datagram.sourcePort(), to, data);
            } else {
                udp.input(ip.from(), datagram.sourcePort(), to, toPort, data);
            }
        }
    }

    private void icmp(ByteBuf bytes, int at, int length, boolean partial, boolean v4) {
        if (length < ICMP_HEADER || ip.from().isV4() != v4 || partial || !isIntact(bytes, at, length)) {
            return;
        }
        int type = bytes.getUnsignedByte(at);
        if (v4 || type < Ndp.ROUTER_SOLICITATION) {
            if (!ip.from().isUnspecified()) {
                icmp.input(ip.from(), ip.to(), bytes, at, length);
            }
        } else if (!ip.isFragment()) {
            ndp.input(ip, bytes);
        }
    }

    /** Somebody connected to a port of the host's that leads to the guest. */
    void accept(Channel connection, IpAddress shown, IpAddress guestAddress, int port) {
        tcp.accept(connection, shown, guestAddress, port);
    }

    @Override
    public void batchEnd() {
        udp.flush();
    }

    @Override
    public void guestWritable() {
        tcp.guestWritable();
    }

    @Override
    public void guestReset() {
        dhcp.clear();
        neighbours.clear();
    }

    @Override
    public void close() {
        advertising.cancel(false);
        tcp.close();
        dns.close();
        udp.close();
        reassembly.close();
        pings.close();
    }
}
