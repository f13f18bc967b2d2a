package dev.jvmm.usernet.service;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * Sends datagrams without data: Netty takes them for sent, and a connected {@code DatagramChannel} makes no system call for them. Behind
 * those that were written before, if the socket has room for these.
 */
final class EmptyDatagrams extends ChannelOutboundHandlerAdapter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final DatagramChannel socket;

    /** @param socket the channel's own */
    EmptyDatagrams(DatagramChannel socket) {
        this.socket = socket;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        ByteBuf data = message instanceof DatagramPacket packet ? packet.content() : (ByteBuf) message;
        if (data.isReadable()) {
            context.write(message, promise);
            return;
        }
        context.flush();
        try {
            if (message instanceof DatagramPacket packet) {
                socket.send(NOTHING.duplicate(), packet.recipient());
            } else {
                send((InetSocketAddress) socket.getLocalAddress(), socket.getRemoteAddress());
            }
        } catch (IOException e) {
            context.fireExceptionCaught(e);
        } finally {
            ReferenceCountUtil.release(message);
            promise.trySuccess();
        }
    }

    /**
     * Through a second socket, which has the connected one's address for as long as that takes. What comes from the peer meanwhile goes to
     * the connected one, as that fits better.
     */
    private void send(InetSocketAddress local, SocketAddress peer) throws IOException {
        boolean v4 = local.getAddress().getAddress().length == Integer.BYTES;
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        try (DatagramChannel second = DatagramChannel
                .open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
            second.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            second.configureBlocking(false);
            second.bind(local);
            second.send(NOTHING.duplicate(), peer);
        } finally {
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, false);
        }
    }
}
