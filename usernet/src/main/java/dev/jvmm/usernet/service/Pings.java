package dev.jvmm.usernet.service;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.PingSocket;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.usernet.link.DeviceSide;
import dev.jvmm.usernet.packet.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * Pings the outside for the guest, through the kernel's ping sockets, where the host lets this process have them. One socket for each
 * host and identifier; all of them are in one epoll instance, which the VM's event loop watches, since Netty's can not.
 */
public final class Pings implements Icmp.EchoRelay, AutoCloseable {
    /** Sockets at a time; the longest silent one makes room. */
    public static final int MOST = 64;

    private static final int LONGEST = 65_535;
    private static final int TAKEN_AT_ONCE = 64;
    private static final int IDENTIFIER = 4;
    private static final int HEADER = 8;
    private static final float LOAD = 0.75f;
    private static final long IDLE_NANOS = 60_000_000_000L;

    private final EventLoop loop;
    private final ByteBufAllocator allocator;
    private final DeviceSide device;
    private final Destinations destinations;
    private final LongSupplier nanoTime;
    private final Map<Ends, Ping> pings = new LinkedHashMap<>(16, LOAD, true);
    private final Map<Integer, Ping> byNumber = new HashMap<>();
    private Optional<Icmp> icmp = Optional.empty();
    private Optional<Watched> watched = Optional.empty();

    private record Ends(IpAddress guest, IpAddress host, int identifier) {}

    private record Watched(Epoll epoll, ByteBuffer buffer, DeviceSide.Watch watch) {}

    private static final class Ping {
        private final Ends ends;
        private final PingSocket socket;
        private long lastUse;

        Ping(Ends ends, PingSocket socket) {
            this.ends = ends;
            this.socket = socket;
        }
    }

    public Pings(
            EventLoop loop, ByteBufAllocator allocator, DeviceSide device, Destinations destinations,
            LongSupplier nanoTime) {
        this.loop = loop;
        this.allocator = allocator;
        this.device = device;
        this.destinations = destinations;
        this.nanoTime = nanoTime;
    }

    /** Where answers go; once, before the first request. */
    public void answerThrough(Icmp answers) {
        icmp = Optional.of(answers);
    }

    @Override
    public boolean request(IpAddress from, IpAddress to, ByteBuf message) {
        // whoever may have a packet to one port may have this
        Optional<SocketAddress> target = destinations.target(to, 1);
        int length = message.readableBytes();
        if (target.isEmpty() || length < HEADER || length > LONGEST) {
            return false;
        }
        try {
            int identifier = message.getUnsignedShort(message.readerIndex() + IDENTIFIER);
            Ping ping = ping(new Ends(from, to, identifier), (InetSocketAddress) target.get());
            ByteBuffer buffer = watching().buffer();
            buffer.clear().limit(length);
            message.getBytes(message.readerIndex(), buffer);
            buffer.flip();
            ping.lastUse = nanoTime.getAsLong();
            return ping.socket.write(buffer) == length;
        } catch (SystemCallException e) {
            return false; // not allowed, or no way there
        }
    }

    private Ping ping(Ends ends, InetSocketAddress target) {
        Ping known = pings.get(ends);
        if (known != null) {
            return known;
        }
        expire();
        Ping ping = new Ping(ends, PingSocket.connect(target.getAddress()));
        int number = ping.socket.number();
        long added = watching().epoll().add(number, Epoll.IN, number);
        if (added < 0) {
            ping.socket.close();
            throw new SystemCallException("epoll_ctl", (int) -added);
        }
        pings.put(ends, ping);
        byNumber.put(number, ping);
        return ping;
    }

    private Watched watching() {
        if (watched.isEmpty()) {
            Epoll epoll = Epoll.create(TAKEN_AT_ONCE);
            DeviceSide.Watch watch = device.watch(epoll, this::ready);
            watched = Optional.of(new Watched(epoll, NativeBuffers.allocate(LONGEST), watch));
            watch.again();
        }
        return watched.get();
    }

    /** Those that were silent for long, or the longest silent when there are too many. */
    private void expire() {
        long now = nanoTime.getAsLong();
        while (!pings.isEmpty()) {
            Ping eldest = pings.values().iterator().next();
            if (pings.size() < MOST && now - eldest.lastUse < IDLE_NANOS) {
                return;
            }
            pings.remove(eldest.ends);
            byNumber.remove(eldest.socket.number());
            eldest.socket.close();
        }
    }

    /** On the VM's event loop. */
    private void ready() {
        try {
            loop.execute(this::take);
        } catch (RejectedExecutionException e) {
            // the network is being closed
        }
    }

    private void take() {
        if (watched.isEmpty()) {
            return;
        }
        Watched from = watched.get();
        int events = from.epoll().await(0);
        for (int i = 0; i < events; i++) {
            Ping ping = byNumber.get((int) from.epoll().data(i));
            if (ping != null) {
                answer(ping, from.buffer());
            }
        }
        from.watch().again();
    }

    private void answer(Ping ping, ByteBuffer buffer) {
        long length = ping.socket.read(buffer.clear());
        if (length < HEADER) {
            return; // an error that ICMP told of: the guest hears nothing, as of a lost packet
        }
        ByteBuf message = allocator.directBuffer((int) length);
        message.writeBytes(buffer.flip());
        message.setShort(IDENTIFIER, ping.ends.identifier());
        icmp.get().echoReply(ping.ends.host(), ping.ends.guest(), message);
        message.release();
    }

    @Override
    public void close() {
        for (Ping ping : pings.values()) {
            ping.socket.close();
        }
        pings.clear();
        byNumber.clear();
        if (watched.isPresent()) {
            watched.get().watch().close();
            watched.get().epoll().close();
            watched = Optional.empty();
        }
    }
}
