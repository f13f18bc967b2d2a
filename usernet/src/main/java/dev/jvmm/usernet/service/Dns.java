package dev.jvmm.usernet.service;

import dev.jvmm.usernet.link.LinkSink;
import dev.jvmm.usernet.packet.DnsQuestion;
import dev.jvmm.usernet.packet.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Asks the host's name servers what the guest wants to know: the first, and when that does not answer the next. Each question goes out of a
 * port of its own, to which only that server can answer. When nobody answers, SERVFAIL says so.
 */
public final class Dns implements AutoCloseable {
    public static final int PORT = 53;

    /** Questions at a time; further ones are lost, and a guest asks again. */
    public static final int MOST = 256;

    private final EventLoop loop;
    private final ByteBufAllocator allocator;
    private final LinkSink guest;
    private final Resolvers resolvers;
    private final long patienceMillis;
    private final Set<Query> queries = new LinkedHashSet<>();

    /** @param patienceMillis how long a server may think */
    public Dns(EventLoop loop, ByteBufAllocator allocator, LinkSink guest, Resolvers resolvers, long patienceMillis) {
        this.loop = loop;
        this.allocator = allocator;
        this.guest = guest;
        this.resolvers = resolvers;
        this.patienceMillis = patienceMillis;
    }

    /**
     * A datagram for the name server.
     *
     * @param server as the guest knows it
     * @param data valid until this returns
     */
    public void input(IpAddress from, int fromPort, IpAddress server, ByteBuf data) {
        if (DnsQuestion.isQuery(data) && queries.size() < MOST) {
            Query query = new Query(from, fromPort, server, data.copy(), resolvers.addresses());
            queries.add(query);
            query.ask();
        }
    }

    /** Questions without an answer yet. */
    public int pending() {
        return queries.size();
    }

    @Override
    public void close() {
        for (Query query : List.copyOf(queries)) {
            query.end();
        }
    }

    private final class Query extends ChannelInboundHandlerAdapter {
        private final IpAddress from;
        private final int fromPort;
        private final IpAddress server;
        private final ByteBuf question;
        private final List<InetSocketAddress> servers;
        private int next;
        private Channel channel;
        private Future<?> timeout;
        private boolean ended;

        Query(IpAddress from, int fromPort, IpAddress server, ByteBuf question, List<InetSocketAddress> servers) {
            this.from = from;
            this.fromPort = fromPort;
            this.server = server;
            this.question = question;
            this.servers = servers;
        }

        @Override
        public boolean isSharable() {
            return true; // one channel after the other
        }

        void ask() {
            forgetServer();
            while (next < servers.size()) {
                try {
                    channel = Sockets.connected(loop, allocator, servers.get(next++), this);
                    timeout = loop.schedule(this::ask, patienceMillis, TimeUnit.MILLISECONDS);
                    // last: it may fail at once, and then asks the next
                    channel.writeAndFlush(question.retainedDuplicate(), channel.voidPromise());
                    return;
                } catch (IOException e) {
                    // no way to this one
                }
            }
            ByteBuf failure = allocator.directBuffer();
            DnsQuestion.writeFailure(question, failure);
            guest.udp(server, PORT, from, fromPort, failure);
            end();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof DatagramPacket packet && !ended && context.channel() == channel
                    && DnsQuestion.answers(packet.content(), question)) {
                guest.udp(server, PORT, from, fromPort, Sockets.compact(allocator, packet.content()));
                end();
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        /** The server is not there. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!ended && context.channel() == channel) {
                ask();
            }
        }

        private void forgetServer() {
            if (channel != null) {
                timeout.cancel(false);
                channel.close();
                channel = null;
            }
        }

        void end() {
            if (!ended) {
                ended = true;
                forgetServer();
                queries.remove(this);
                question.release();
            }
        }
    }
}
