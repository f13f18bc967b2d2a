package dev.jvmm.usernet.service;

import dev.jvmm.usernet.link.LinkSink;
import dev.jvmm.usernet.link.Neighbours;
import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.DhcpRequest;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.packet.UdpDatagram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Leases the guest its address. The first card gets the one that forwarded ports go to; a few more can have the next ones.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc2131 RFC 2131, 4.3
 */
public final class Dhcp {
    public static final int SERVER_PORT = 67;
    public static final int CLIENT_PORT = 68;

    /** Addresses there are. */
    public static final int POOL = 16;

    /** How long a lease holds; nobody else wants the address. */
    public static final int LEASE_SECONDS = 86_400;

    private static final int BOOT_REPLY = 0x0201_0600;
    private static final int BROADCAST_FLAG = 0x8000;

    /** Old clients expect BOOTP's size. */
    private static final int LEAST = 300;

    private static final int ROOM = 600;
    private static final int NOBODY = -1;

    private final NetworkPlan plan;
    private final LinkSink guest;
    private final Neighbours neighbours;
    private final ByteBufAllocator allocator;

    /** The Ethernet address that has each address; 0 for nobody. */
    private final long[] owners = new long[POOL];

    public Dhcp(NetworkPlan plan, LinkSink guest, Neighbours neighbours, ByteBufAllocator allocator) {
        this.plan = plan;
        this.guest = guest;
        this.neighbours = neighbours;
        this.allocator = allocator;
    }

    /** A datagram's data, sent to the server's port. */
    public void input(ByteBuf frame, int start, int length) {
        Optional<DhcpRequest> read = DhcpRequest.read(frame, start, length);
        if (read.isPresent() && !Ethernet.isGroup(read.get().clientMac()) && read.get().clientMac() != 0) {
            answer(read.get());
        }
    }

    private void answer(DhcpRequest request) {
        if (request.server().isPresent() && !request.server().get().equals(plan.gateway())) {
            release(request.clientMac()); // it has chosen another server
            return;
        }
        switch (request.kind()) {
            case DhcpRequest.DISCOVER -> {
                int index = lease(request.clientMac(), request.wanted());
                if (index != NOBODY) {
                    reply(request, DhcpRequest.OFFER, plan.guest().plus(index));
                }
            }
            case DhcpRequest.REQUEST -> request(request);
            case DhcpRequest.INFORM -> reply(request, DhcpRequest.ACK, IpAddress.ANY_V4);
            case DhcpRequest.RELEASE, DhcpRequest.DECLINE -> release(request.clientMac());
            default -> {}
        }
    }

    /** After an offer, after a reboot, or to go on with a lease: the client names the address, and it is its own or it is not. */
    private void request(DhcpRequest request) {
        IpAddress wanted = request.wanted().orElse(request.clientAddress());
        int index = lease(request.clientMac(), Optional.of(wanted));
        if (index != NOBODY && plan.guest().plus(index).equals(wanted)) {
            neighbours.learn(wanted, request.clientMac());
            reply(request, DhcpRequest.ACK, wanted);
        } else {
            reply(request, DhcpRequest.NAK, IpAddress.ANY_V4);
        }
    }

    /** The place of the client's lease: the one that it has, the one that it wants if that is free, or the first free one. */
    private int lease(long mac, Optional<IpAddress> wanted) {
        int free = NOBODY;
        for (int i = POOL - 1; i >= 0; i--) {
            IpAddress address = plan.guest().plus(i);
            if (owners[i] == mac) {
                return i;
            }
            boolean better = free == NOBODY || !wanted.isPresent() || !wanted.get().equals(plan.guest().plus(free));
            if (owners[i] == 0 && plan.isGuest(address) && better) {
                free = i;
            }
        }
        if (free != NOBODY) {
            owners[free] = mac;
        }
        return free;
    }

    private void release(long mac) {
        for (int i = 0; i < POOL; i++) {
            if (owners[i] == mac) {
                owners[i] = 0;
            }
        }
    }

    /** Forgets every lease: the guest starts anew. */
    public void clear() {
        Arrays.fill(owners, 0);
    }

    private void reply(DhcpRequest request, int kind, IpAddress lease) {
        ByteBuf packet = allocator.directBuffer(ROOM, ROOM);
        packet.writeZero(UdpDatagram.HEADER);
        packet.writeInt(BOOT_REPLY).writeInt(request.transaction());
        packet.writeShort(0).writeShort(request.broadcast() ? BROADCAST_FLAG : 0);
        (kind == DhcpRequest.NAK ? IpAddress.ANY_V4 : request.clientAddress()).write(packet);
        lease.write(packet);
        packet.writeInt(0); // no further server to boot from
        packet.writeInt(0); // no relay
        Ethernet.write(packet, request.clientMac());
        packet.writeZero(UdpDatagram.HEADER + DhcpRequest.FIXED - packet.writerIndex());
        packet.writeInt(DhcpRequest.COOKIE);
        packet.writeByte(53).writeByte(1).writeByte(kind);
        address(packet, 54, plan.gateway());
        if (kind != DhcpRequest.NAK) {
            configuration(packet, !lease.isUnspecified());
        }
        packet.writeByte(255);
        packet.writeZero(Math.max(0, UdpDatagram.HEADER + LEAST - packet.writerIndex()));
        send(request, kind, lease, packet);
    }

    private void configuration(ByteBuf packet, boolean leased) {
        packet.writeByte(1).writeByte(4).writeInt(plan.mask());
        address(packet, 3, plan.gateway());
        address(packet, 6, plan.dns());
        address(packet, 28, plan.broadcast());
        packet.writeByte(26).writeByte(2).writeShort(plan.mtu());
        if (plan.hostname().isPresent()) {
            byte[] name = plan.hostname().get().getBytes(StandardCharsets.US_ASCII);
            packet.writeByte(12).writeByte(name.length).writeBytes(name);
        }
        if (leased) {
            packet.writeByte(51).writeByte(4).writeInt(LEASE_SECONDS);
        }
    }

    private static void address(ByteBuf packet, int option, IpAddress address) {
        packet.writeByte(option).writeByte(4);
        address.write(packet);
    }

    /** 4.1: to the address that the client has; else to everybody if it can not take unicast yet, else to the one that it gets. */
    private void send(DhcpRequest request, int kind, IpAddress lease, ByteBuf packet) {
        boolean everybody = kind == DhcpRequest.NAK
                || request.clientAddress().isUnspecified() && (request.broadcast() || lease.isUnspecified());
        IpAddress to = everybody ? IpAddress.BROADCAST
                : request.clientAddress().isUnspecified() ? lease : request.clientAddress();
        int length = packet.readableBytes();
        packet.setShort(0, SERVER_PORT).setShort(2, CLIENT_PORT).setShort(4, length);
        // Complete: a client without an address reads whole frames, and knows nothing of checksums that are not.
        Checksum.fill(packet, UdpDatagram.CHECKSUM,
                Checksum.addPseudoHeader(0, plan.gateway(), to, Protocol.UDP, length));
        guest.sendTo(
                everybody ? Ethernet.BROADCAST : request.clientMac(), plan.gateway(), to, Protocol.UDP, packet);
    }
}
