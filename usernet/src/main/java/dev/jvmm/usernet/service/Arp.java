package dev.jvmm.usernet.service;

import dev.jvmm.usernet.link.LinkSink;
import dev.jvmm.usernet.link.Neighbours;
import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.ArpPacket;
import dev.jvmm.usernet.packet.Ethernet;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Optional;

/** Says where the gateway and the name server are, and asks where the guest is. */
public final class Arp {
    private final NetworkPlan plan;
    private final LinkSink guest;
    private final Neighbours neighbours;
    private final ByteBufAllocator allocator;

    public Arp(NetworkPlan plan, LinkSink guest, Neighbours neighbours, ByteBufAllocator allocator) {
        this.plan = plan;
        this.guest = guest;
        this.neighbours = neighbours;
        this.allocator = allocator;
    }

    /** What lies between two indexes, behind an Ethernet header. */
    public void input(ByteBuf frame, int start, int end) {
        Optional<ArpPacket> read = ArpPacket.read(frame, start, end);
        if (read.isEmpty()) {
            return;
        }
        ArpPacket packet = read.get();
        if (Ethernet.isGroup(packet.senderMac())) {
            return;
        }
        // A probe for an address that is not its sender's yet comes from 0.0.0.0 (RFC 5227) and teaches nothing.
        if (plan.isGuest(packet.sender())) {
            neighbours.learn(packet.sender(), packet.senderMac());
        }
        boolean forUs = plan.isGateway(packet.target()) || plan.isDns(packet.target());
        if (packet.operation() == ArpPacket.REQUEST && forUs) {
            send(
                    packet.senderMac(), new ArpPacket(
                            ArpPacket.REPLY, plan.mac(), packet.target(), packet.senderMac(), packet.sender()));
        }
    }

    /** Asks for a neighbour's Ethernet address. */
    public void ask(IpAddress address) {
        send(Ethernet.BROADCAST, new ArpPacket(ArpPacket.REQUEST, plan.mac(), plan.gateway(), 0, address));
    }

    private void send(long destination, ArpPacket packet) {
        ByteBuf bytes = allocator.directBuffer(ArpPacket.SIZE, ArpPacket.SIZE);
        packet.write(bytes);
        guest.frame(destination, Protocol.ARP, bytes);
    }
}
