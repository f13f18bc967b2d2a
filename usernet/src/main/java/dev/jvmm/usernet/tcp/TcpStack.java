package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.PacketSink;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * TCP towards the guest. A connection that the guest opens is accepted when the host's has been, and refused when that is; one
 * that comes in through {@link #accept} is opened towards the guest. Each end's close, half-close and reset becomes the other's.
 *
 * <p>Everything runs on the event loop's thread, and everything is bounded ({@link TcpLimits}), whatever the guest sends or
 * leaves out.
 */
public final class TcpStack implements AutoCloseable {
    static final int PROTOCOL = 6;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;

    /** RFC 9293, 3.7.1: what a guest takes that does not say. */
    private static final int IPV4_DEFAULT_MSS = 536;
    private static final int IPV6_DEFAULT_MSS = 1220;

    /** Linux's least, too: segments with less payload would be all header. */
    private static final int LEAST_MSS = 88;

    private static final int FIRST_EPHEMERAL = 49152;
    private static final int EPHEMERALS = 16384;
    private static final int MOST_PORT_TRIES = 256;

    /** RFC 6528: the clock of initial sequence numbers ticks every 4 microseconds or so. */
    private static final int ISN_TICK = 12;

    private final EventLoop loop;
    private final PacketSink guest;
    private final TcpLimits limits;
    private final HostConnector connector;
    private final HostDialer dialer;
    private final LongSupplier nanoTime;
    private final long origin;
    private final KeyedHash hash = KeyedHash.random();
    private final ConnectionTable table = new ConnectionTable(hash);
    private final Turns turns;
    private final Memory memory;
    private final TcpSegment segment = new TcpSegment();
    private final ArrayDeque<TcpConnection> timeWaiting = new ArrayDeque<>();
    private final Set<HostSide> hosts = new HashSet<>();
    private int connecting;
    private int lastPort = FIRST_EPHEMERAL;
    private boolean recounted;
    private boolean closed;

    /** Room for the blocks of an option that is being written. */
    final int[] sackLeft = new int[TcpSegment.MOST_SACKS];
    final int[] sackRight = new int[TcpSegment.MOST_SACKS];

    /**
     * A stack without connections.
     *
     * @param loop the thread of everything here, the sink and the connector included
     * @param guest must not call back from within {@link PacketSink#send}
     * @param nanoTime as {@link System#nanoTime}
     */
    public TcpStack(EventLoop loop, PacketSink guest, TcpLimits limits, HostConnector connector,
            LongSupplier nanoTime) {
        this(loop, guest, limits, connector, nanoTime, new SocketDialer(loop, limits));
    }

    TcpStack(EventLoop loop, PacketSink guest, TcpLimits limits, HostConnector connector, LongSupplier nanoTime,
            HostDialer dialer) {
        this.loop = loop;
        this.guest = guest;
        this.limits = limits;
        this.connector = connector;
        this.nanoTime = nanoTime;
        this.dialer = dialer;
        origin = nanoTime.getAsLong();
        memory = new Memory(limits.memory(), limits.floor());
        turns = new Turns(loop);
        turns.before(this::turnBegins);
    }

    /**
     * A segment from the guest.
     *
     * @param from the guest's address
     * @param to whom the guest means: one host, no group
     * @param packet header and payload, whose checksum was seen to. It stays the caller's to release, but not to change: this may
     *     have retained it. Best in a buffer of its own size, as more than twice the payload is not kept but copied
     */
    public void input(IpAddress from, IpAddress to, ByteBuf packet) {
        if (closed || !segment.parse(packet) || segment.sourcePort == 0 || segment.destinationPort == 0) {
            return;
        }
        TcpConnection connection = table.find(from, to,
                ConnectionKey.ports(segment.sourcePort, segment.destinationPort));
        if (connection != null && connection.arrival.givesWayTo(segment)) {
            connection.abort();
            connection = null;
        }
        if (connection != null) {
            connection.arrival.segment(segment);
        } else if ((segment.flags
                & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST | TcpSegment.FIN)) == TcpSegment.SYN) {
            open(new ConnectionKey(from, segment.sourcePort, to, segment.destinationPort));
        } else {
            refuse(from, to);
        }
        segment.buffer = null;
    }

    /**
     * A connection to a port of the host that is forwarded to the guest: opens one there, and closes this if the guest refuses.
     *
     * @param hostConnection on this stack's event loop, with auto-read off and nothing read yet; becomes the stack's
     * @param shownSource the address that the guest believes the connection to come from
     * @param guestAddress where to
     * @param guestPort where to, 1..65535
     */
    public void accept(Channel hostConnection, IpAddress shownSource, IpAddress guestAddress, int guestPort) {
        Optional<ConnectionKey> key = closed || hostConnection.eventLoop() != loop || !roomForOne()
                ? Optional.empty()
                : freeKey(shownSource, guestAddress, guestPort);
        if (key.isEmpty()) {
            hostConnection.close();
            return;
        }
        TcpConnection connection = new TcpConnection(this, key.get(), TcpState.SYN_SENT, firstSequence(key.get()));
        HostSide side = new HostSide(this, connection);
        connection.host(side);
        hosts.add(side);
        table.add(connection);
        hostConnection.pipeline().addLast(side);
        connection.sendSyn();
    }

    /** The sink, which had refused a packet, takes packets again. */
    public void guestWritable() {
        turns.unblock();
    }

    /** Connections now, also those that only wait for late segments. */
    public int connections() {
        return table.size();
    }

    /** The connection, or null. */
    TcpConnection connection(IpAddress guestAddress, int guestPort, IpAddress peer, int peerPort) {
        return table.find(guestAddress, peer, ConnectionKey.ports(guestPort, peerPort));
    }

    /** Ends all connections, without a word to the guest, and lets go of all memory. Nothing works afterwards. */
    @Override
    public void close() {
        closed = true;
        table.forEach(TcpConnection::abort);
        for (HostSide side : new ArrayList<>(hosts)) {
            side.abort();
        }
        turns.clear();
        timeWaiting.clear();
    }

    // ---- opening and refusing

    private void open(ConnectionKey key) {
        if (!roomForOne()) {
            refuse(key.guest(), key.peer());
            return;
        }
        if (connecting >= limits.connecting()) {
            return;
        }
        Optional<SocketAddress> target = connector.target(key.peer(), key.peerPort());
        if (target.isEmpty() || !(target.get() instanceof InetSocketAddress)) {
            refuse(key.guest(), key.peer());
            return;
        }
        TcpConnection connection = new TcpConnection(this, key, TcpState.CONNECTING, firstSequence(key));
        HostSide side = new HostSide(this, connection);
        connection.host(side);
        connection.synchronised(segment);
        hosts.add(side);
        table.add(connection);
        connecting++;
        dialer.dial(target.get(), side);
    }

    private boolean roomForOne() {
        while (table.size() >= limits.connections() && !timeWaiting.isEmpty()) {
            timeWaiting.peek().remove();
        }
        return table.size() < limits.connections() && hosts.size() < limits.connections();
    }

    /** RFC 9293, 3.10.7.1: CLOSED. */
    private void refuse(IpAddress from, IpAddress to) {
        if (segment.rst()) {
            return;
        }
        int ports = ConnectionKey.ports(segment.sourcePort, segment.destinationPort);
        ByteBuf packet = segment.ack()
                ? SegmentWriter.bare(ports, segment.acknowledgment, 0, TcpSegment.RST, 0)
                : SegmentWriter.bare(ports, 0, segment.sequence + segment.length(), TcpSegment.RST | TcpSegment.ACK, 0);
        send(to, from, packet, 0);
    }

    private Optional<ConnectionKey> freeKey(IpAddress source, IpAddress to, int port) {
        for (int i = 0; i < MOST_PORT_TRIES; i++) {
            lastPort = FIRST_EPHEMERAL + (lastPort + 1 - FIRST_EPHEMERAL) % EPHEMERALS;
            if (table.find(to, source, ConnectionKey.ports(port, lastPort)) == null) {
                return Optional.of(new ConnectionKey(to, port, source, lastPort));
            }
        }
        return Optional.empty();
    }

    private int firstSequence(ConnectionKey key) {
        return (int) (now() >>> ISN_TICK) + (int) (hash.of(key.guest(), key.peer(), key.ports()) >>> Integer.SIZE);
    }

    // ---- for connections

    TcpLimits limits() {
        return limits;
    }

    Memory memory() {
        return memory;
    }

    /** Nanoseconds since the stack was made. */
    long now() {
        return nanoTime.getAsLong() - origin;
    }

    ScheduledFuture<?> wake(ConnectionTimer timer, long at) {
        return loop.schedule(timer, Math.max(at - now(), 1), TimeUnit.NANOSECONDS);
    }

    void touch(TcpConnection connection) {
        turns.touch(connection);
    }

    boolean blocked() {
        return turns.blocked();
    }

    /** Takes over the packet. @return false when the guest takes nothing now */
    boolean send(ConnectionKey key, ByteBuf packet, int segmentSize) {
        return send(key.peer(), key.guest(), packet, segmentSize);
    }

    private boolean send(IpAddress from, IpAddress to, ByteBuf packet, int segmentSize) {
        if (turns.blocked() || closed) {
            packet.release();
            return false;
        }
        if (guest.send(from, to, PROTOCOL, packet, segmentSize)) {
            return true;
        }
        turns.block();
        return false;
    }

    /** Payload bytes in one packet for the guest, which the sink may cut into segments. */
    int mostPayload() {
        return guest.most() - TcpSegment.HEADER;
    }

    /** The payload that fits the guest's link. */
    int announcedMss(ConnectionKey key) {
        return guest.mtu() - (key.guest().isV4() ? IPV4_HEADER : IPV6_HEADER) - TcpSegment.HEADER;
    }

    /** The payload of a segment for a guest that has said so, or has said nothing. */
    int mss(ConnectionKey key, TcpSegment syn) {
        int standard = key.guest().isV4() ? IPV4_DEFAULT_MSS : IPV6_DEFAULT_MSS;
        int said = syn.maximumSize == 0 ? standard : Math.max(syn.maximumSize, LEAST_MSS);
        return Math.min(said, announcedMss(key));
    }

    /** How many bytes more a connection may hold that holds so many one way. */
    long grant(long held) {
        if (memory.exhausted() && !recounted) {
            recounted = true; // once in a turn: what hosts have taken meanwhile is known to nobody else
            table.forEach(TcpConnection::account);
        }
        return memory.grant(held);
    }

    /** A connection's host has answered, or is not asked any more. */
    void answered() {
        connecting--;
    }

    void timeWaiting(TcpConnection connection) {
        timeWaiting.add(connection);
    }

    /** A connection waits no more: mostly the one that began first. */
    void waited(TcpConnection connection) {
        timeWaiting.remove(connection);
    }

    void hostEnded(HostSide side) {
        hosts.remove(side);
    }

    void remove(TcpConnection connection) {
        table.remove(connection);
    }

    private void turnBegins() {
        recounted = false;
    }
}
