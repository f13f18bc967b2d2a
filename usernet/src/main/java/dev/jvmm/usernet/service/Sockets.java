package dev.jvmm.usernet.service;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/** Datagram sockets on the stack's thread. */
public final class Sockets {
    /** The longest datagram. */
    private static final int LONGEST = 65_535;

    /** Data that fill less than this of their buffer move to one that fits: many small ones must not hold much memory. */
    private static final int WORTH_KEEPING = LONGEST / 2;

    private Sockets() {}

    /**
     * A socket that talks with one peer, so that it hears of what ICMP says of that.
     *
     * @throws IOException when there is no way to the peer, or no descriptor
     */
    public static NioDatagramChannel connected(
            EventLoop loop, ByteBufAllocator allocator, InetSocketAddress peer, ChannelHandler handler)
            throws IOException {
        boolean v4 = peer.getAddress().getAddress().length == Integer.BYTES;
        DatagramChannel socket = open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        try {
            socket.connect(peer);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return register(loop, allocator, socket, handler);
    }

    private static DatagramChannel open(StandardProtocolFamily family) throws IOException {
        try {
            return DatagramChannel.open(family);
        } catch (UnsupportedOperationException e) {
            throw new IOException("this host has no " + family, e);
        }
    }

    /** Takes over a socket that is bound or connected. */
    public static NioDatagramChannel register(
            EventLoop loop, ByteBufAllocator allocator, DatagramChannel socket, ChannelHandler handler) {
        NioDatagramChannel channel = new NioDatagramChannel(socket);
        channel.config().setAllocator(allocator);
        channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST));
        channel.pipeline().addLast(new EmptyDatagrams(socket), handler);
        loop.register(channel);
        return channel;
    }

    /** The data in a buffer not much larger; takes it over. */
    public static ByteBuf compact(ByteBufAllocator allocator, ByteBuf data) {
        int length = data.readableBytes();
        if (length > WORTH_KEEPING) {
            return data;
        }
        ByteBuf copy = allocator.directBuffer(Math.max(1, length));
        copy.writeBytes(data);
        data.release();
        return copy;
    }
}
