package dev.jvmm.usernet;

import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.service.Sockets;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Serves the host's ports that lead to the guest. On the stack's thread. */
final class HostForwards implements AutoCloseable {
    private final EventLoop loop;
    private final ByteBufAllocator allocator;
    private final NetworkPlan plan;
    private final Stack stack;
    private final List<Channel> channels = new ArrayList<>();

    HostForwards(EventLoop loop, ByteBufAllocator allocator, NetworkPlan plan, Stack stack) {
        this.loop = loop;
        this.allocator = allocator;
        this.plan = plan;
        this.stack = stack;
    }

    /** Takes over the sockets. */
    void open(List<HostPorts.Port> ports) {
        for (HostPorts.Port port : ports) {
            Forward forward = port.forward();
            IpAddress guest = forward.guestAddress().orElse(plan.guest());
            if (port.socket() instanceof ServerSocketChannel server) {
                NioServerSocketChannel channel = new NioServerSocketChannel(server);
                channel.pipeline().addLast(new Acceptor(guest, forward.guestPort()));
                loop.register(channel);
                channels.add(channel);
            } else {
                channels.add(
                        Sockets.register(
                                loop, allocator, (DatagramChannel) port.socket(),
                                new Receiver(guest, forward.guestPort())));
            }
        }
    }

    private final class Acceptor extends ChannelInboundHandlerAdapter {
        private final IpAddress guest;
        private final int port;

        Acceptor(IpAddress guest, int port) {
            this.guest = guest;
            this.port = port;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel connection = (Channel) message;
            connection.config().setAllocator(allocator).setAutoRead(false);
            loop.register(connection);
            IpAddress client = IpAddress.of(((InetSocketAddress) connection.remoteAddress()).getAddress());
            stack.accept(connection, plan.shown(client, guest), guest, port);
        }

        /** Too many descriptors, most likely. Those who wait are taken later: at once would be again and again. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.channel().config().setAutoRead(false);
            loop.schedule(() -> context.channel().config().setAutoRead(true), 1, TimeUnit.SECONDS);
        }
    }

    private final class Receiver extends ChannelInboundHandlerAdapter {
        private final IpAddress guest;
        private final int port;

        Receiver(IpAddress guest, int port) {
            this.guest = guest;
            this.port = port;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof DatagramPacket packet) {
                stack.udp().forward(context.channel(), packet.sender(), guest, port, packet.content());
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        /** A client that is gone: nobody waits for word of it. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {}
    }

    @Override
    public void close() {
        for (Channel channel : channels) {
            channel.close();
        }
    }
}
