package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;

/**
 * The host's end of a connection: a channel, read only while the guest's send buffer has room. It may outlive its connection by
 * what the host has yet to take.
 */
final class HostSide extends ChannelInboundHandlerAdapter {
    private final TcpStack stack;

    /** Null when the connection is over. */
    private TcpConnection connection;
    private Channel channel;
    private boolean written;
    private boolean reading;
    private boolean ended;

    HostSide(TcpStack stack, TcpConnection connection) {
        this.stack = stack;
        this.connection = connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
        ChannelConfig config = channel.config();
        config.setAutoRead(false);
        config.setAllocator(PooledByteBufAllocator.DEFAULT);
        config.setRecvByteBufAllocator(new HostReads(this));
        int limit = stack.limits().receiveBuffer();
        // Netty counts less than pending() does: so low that a window less than half open is always heard of when it can open
        config.setWriteBufferWaterMark(new WriteBufferWaterMark(limit / 16, limit / 8));
        config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
        config.setOption(ChannelOption.TCP_NODELAY, true);
        if (connection == null) {
            channel.close();
        }
    }

    /** The host has answered. */
    void connected() {
        if (connection != null) {
            connection.hostConnected();
        }
    }

    /** The channel is gone, or never came to be. */
    void ended() {
        if (!ended) {
            ended = true;
            stack.hostEnded(this);
            if (connection != null) {
                connection.hostFailed();
            }
        }
    }

    /** Bytes that may be read for the guest. */
    int room() {
        return connection == null ? 0 : connection.sendRoom();
    }

    /** Bytes to read at once from a host that has much to say. */
    int readSize() {
        return connection == null ? HostReads.LEAST : connection.readSize();
    }

    /** Reads once there is something, unless that is already so. */
    void read() {
        if (!reading && !ended) {
            reading = true;
            channel.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf data = (ByteBuf) message;
        if (connection == null) {
            data.release();
        } else {
            connection.hostData(data);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        reading = false;
        if (connection != null) {
            connection.hostIdle();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && connection != null) {
            reading = true; // nothing more to read
            connection.hostFinished();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (connection != null && channel.isWritable()) {
            connection.hostTook();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ended();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (connection != null) {
            connection.hostFailed();
        }
        channel.close();
    }

    /** Takes over data for the host, which goes out with the next {@link #flush}. */
    void write(ByteBuf data) {
        if (ended || !channel.isActive()) {
            data.release();
            return;
        }
        written = true;
        channel.write(data, channel.voidPromise());
    }

    void flush() {
        if (written) {
            written = false;
            channel.flush();
        }
    }

    /** What the host's kernel has not taken, as it counts in memory. */
    long pending() {
        if (channel == null) {
            return 0;
        }
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes() + (long) buffer.size() * Memory.BUFFER;
    }

    /** The guest sends no more: says so to the host behind what is pending. */
    void finishOutput() {
        afterPending(new ChannelFutureListener() {
            @Override
            public void operationComplete(ChannelFuture future) {
                if (channel instanceof DuplexChannel duplex && channel.isActive() && !duplex.isOutputShutdown()) {
                    duplex.shutdownOutput();
                }
            }
        });
    }

    /** The connection is over, in order: closes behind what is pending, unless the host takes none of it for long. */
    void finish() {
        connection = null;
        if (ended || channel == null) {
            abort();
            return;
        }
        flush();
        if (pending() == 0) {
            channel.close();
            return;
        }
        afterPending(ChannelFutureListener.CLOSE);
        linger(pending());
    }

    private void linger(long before) {
        channel.eventLoop().schedule(new Runnable() {
            @Override
            public void run() {
                long left = pending();
                if (left >= before) {
                    abort();
                } else if (left > 0) {
                    linger(left);
                }
            }
        }, stack.limits().linger().toNanos(), TimeUnit.NANOSECONDS);
    }

    private void afterPending(ChannelFutureListener action) {
        written = false;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(action);
    }

    /** The connection is over, and the host hears of it by a reset. */
    void abort() {
        connection = null;
        if (channel == null || ended) {
            return; // a channel that is yet to come closes itself
        }
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }
}
