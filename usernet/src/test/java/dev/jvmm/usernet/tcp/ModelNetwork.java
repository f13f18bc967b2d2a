package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A guest that is a stack, too: what connects to {@link #client} comes out of the guest, crosses two {@link RoughLink}s and the
 * stack under test, and arrives at {@link #server}.
 */
final class ModelNetwork implements AutoCloseable {
    private static final IpAddress GUEST = IpAddress.ofV4(0x0A00020F);
    private static final IpAddress PEER = IpAddress.ofV4(0x08080808);

    final ServerSocket server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    final RoughLink toGuest;
    final TcpStack stack;
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final RoughLink fromGuest;
    private final TcpStack guest;
    private final Channel entrance;

    ModelNetwork(long seed, double loss, boolean cuts) throws IOException {
        toGuest = new RoughLink(loop, seed, loss, cuts);
        fromGuest = new RoughLink(loop, seed + 1, loss, cuts);
        stack = new TcpStack(loop, toGuest, TcpLimits.DEFAULT,
                (to, port) -> to.equals(PEER) && port == 80 ? Optional.of(server.getLocalSocketAddress())
                        : Optional.empty(),
                System::nanoTime);
        guest = new TcpStack(loop, fromGuest, TcpLimits.DEFAULT, (to, port) -> Optional.empty(), System::nanoTime);
        toGuest.between(stack, guest);
        fromGuest.between(guest, stack);
        entrance = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1000)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        guest.accept(channel, GUEST, PEER, 80);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0).syncUninterruptibly().channel();
    }

    /** A connection out of the guest. */
    Socket client() throws IOException {
        Socket socket = new Socket();
        socket.connect((InetSocketAddress) entrance.localAddress());
        socket.setSoTimeout(60_000);
        return socket;
    }

    Socket accepted() throws IOException {
        server.setSoTimeout(60_000);
        Socket socket = server.accept();
        socket.setSoTimeout(60_000);
        return socket;
    }

    @Override
    public void close() throws IOException {
        entrance.close().syncUninterruptibly();
        server.close();
        loop.submit(() -> {
            guest.close();
            stack.close();
            toGuest.clear();
            fromGuest.clear();
        }).syncUninterruptibly();
        if (stack.memory().used() != 0 || guest.memory().used() != 0) {
            throw new AssertionError("memory is held: " + stack.memory().used() + " and " + guest.memory().used());
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
