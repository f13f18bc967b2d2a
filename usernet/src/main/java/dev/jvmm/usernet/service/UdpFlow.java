package dev.jvmm.usernet.service;

import dev.jvmm.usernet.packet.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.Optional;

/** One pair of ends of {@link UdpFlows}. */
final class UdpFlow {
    private final UdpFlows flows;
    private final UdpFlows.Ends ends;
    private Channel channel;

    /** Where data go, if the socket is not the flow's own. */
    private Optional<InetSocketAddress> client = Optional.empty();

    private long lastUse;
    private int lastLength;
    private boolean unflushed;

    UdpFlow(UdpFlows flows, UdpFlows.Ends ends, long now) {
        this.flows = flows;
        this.ends = ends;
        lastUse = now;
    }

    /** Takes over a socket that is connected to the peer. */
    void use(Channel own) {
        channel = own;
    }

    /** Borrows a socket. */
    void use(Channel shared, InetSocketAddress peer) {
        use(shared);
        client = Optional.of(peer);
    }

    UdpFlows.Ends ends() {
        return ends;
    }

    boolean isBetween(IpAddress guest, int guestPort, IpAddress remote, int remotePort) {
        return ends.guestPort() == guestPort && ends.remotePort() == remotePort && ends.remote().equals(remote)
                && ends.guest().equals(guest);
    }

    long lastUse() {
        return lastUse;
    }

    void used(long now) {
        lastUse = now;
    }

    /** @return whether a flush is needed that was not before */
    boolean write(ByteBuf data, long now) {
        lastUse = now;
        lastLength = data.readableBytes();
        if (!channel.isWritable()) {
            channel.flush();
            if (!channel.isWritable()) {
                return false; // lost, as where any link is full
            }
        }
        ByteBuf kept = data.retain();
        channel.write(client.isPresent() ? new DatagramPacket(kept, client.get()) : kept, channel.voidPromise());
        boolean first = !unflushed;
        unflushed = true;
        return first;
    }

    void flush() {
        unflushed = false;
        channel.flush();
    }

    void close() {
        if (client.isEmpty()) {
            channel.close();
        }
    }

    /** For the flow's own socket. */
    ChannelHandler handler() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                if (message instanceof DatagramPacket packet) {
                    flows.received(ends, packet.content());
                } else {
                    ReferenceCountUtil.release(message);
                }
            }

            @Override
            public void channelInactive(ChannelHandlerContext context) {
                flows.closed(UdpFlow.this);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                flows.refuse(
                        ends, cause instanceof PortUnreachableException ? Icmp.Reason.PORT : Icmp.Reason.HOST,
                        lastLength);
            }
        };
    }
}
