package dev.jvmm.usernet.tcp;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.SocketAddress;

/** Connections through the host's TCP sockets. */
final class SocketDialer implements HostDialer {
    private final Bootstrap bootstrap = new Bootstrap();

    SocketDialer(EventLoop loop, TcpLimits limits) {
        bootstrap.group(loop).channel(NioSocketChannel.class);
        bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.min(limits.connectTimeout().toMillis(), Integer.MAX_VALUE));
        bootstrap.option(ChannelOption.AUTO_READ, false);
    }

    @Override
    public void dial(SocketAddress target, HostSide side) {
        bootstrap.clone().handler(side).connect(target).addListener(new ChannelFutureListener() {
            @Override
            public void operationComplete(ChannelFuture future) {
                if (future.isSuccess()) {
                    side.connected();
                } else {
                    side.ended();
                }
            }
        });
    }
}
