package dev.jvmm.usernet.service;

import dev.jvmm.usernet.link.LinkSink;
import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.IpAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * UDP between the guest and the outside. Each pair of ends is a flow with a socket that is connected to its peer, so nobody else gets in
 * and the peer's "port unreachable" is heard. Flows end when they have been silent for a while; the longest silent one makes room for
 * the first too many. On the stack's thread.
 */
public final class UdpFlows implements AutoCloseable {
    /** Flows at a time; each has a descriptor. */
    public static final int MOST = 1024;

    private static final float LOAD = 0.75f;
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final int SWEEP_SECONDS = 10;
    private static final int FIRST_DYNAMIC_PORT = 49_152;
    private static final int DYNAMIC_PORTS = 16_384;

    private final EventLoop loop;
    private final ByteBufAllocator allocator;
    private final NetworkPlan plan;
    private final LinkSink guest;
    private final Icmp icmp;
    private final Destinations destinations;
    private final LongSupplier nanoTime;
    private final Map<Ends, UdpFlow> flows = new LinkedHashMap<>(64, LOAD, true);

    /** Flows that somebody on the host's side began, by who it is. */
    private final Map<Client, UdpFlow> clients = new HashMap<>();

    private final List<UdpFlow> written = new ArrayList<>();
    private Optional<UdpFlow> last = Optional.empty();
    private boolean sweeping;
    private boolean closed;
    private int nextPort;

    /** The two ends as the guest sees them. */
    record Ends(IpAddress guest, int guestPort, IpAddress remote, int remotePort) {}

    private record Client(Channel socket, InetSocketAddress address) {}

    public UdpFlows(
            EventLoop loop, ByteBufAllocator allocator, NetworkPlan plan, LinkSink guest, Icmp icmp,
            Destinations destinations, LongSupplier nanoTime) {
        this.loop = loop;
        this.allocator = allocator;
        this.plan = plan;
        this.guest = guest;
        this.icmp = icmp;
        this.destinations = destinations;
        this.nanoTime = nanoTime;
    }

    /** Data from the guest; valid until this returns, and sent with the next {@link #flush} or before. */
    public void input(IpAddress from, int fromPort, IpAddress to, int toPort, ByteBuf data) {
        Optional<UdpFlow> flow = last;
        if (flow.isEmpty() || !flow.get().isBetween(from, fromPort, to, toPort)) {
            Ends ends = new Ends(from, fromPort, to, toPort);
            flow = Optional.ofNullable(flows.get(ends)).or(() -> open(ends, data.readableBytes()));
            last = flow;
        }
        if (flow.isPresent() && flow.get().write(data, nanoTime.getAsLong())) {
            written.add(flow.get());
        }
    }

    /** Lets go what was written. */
    public void flush() {
        for (int i = 0; i < written.size(); i++) {
            written.get(i).flush();
        }
        written.clear();
    }

    private Optional<UdpFlow> open(Ends ends, int length) {
        Optional<SocketAddress> target = destinations.target(ends.remote, ends.remotePort);
        if (target.isEmpty()) {
            refuse(ends, Icmp.Reason.PROHIBITED, length);
            return Optional.empty();
        }
        try {
            UdpFlow flow = new UdpFlow(this, ends, nanoTime.getAsLong());
            flow.use(Sockets.connected(loop, allocator, (InetSocketAddress) target.get(), flow.handler()));
            add(flow);
            return Optional.of(flow);
        } catch (IOException e) {
            evict(); // perhaps there was no descriptor left
            refuse(ends, Icmp.Reason.HOST, length);
            return Optional.empty();
        }
    }

    void refuse(Ends ends, Icmp.Reason reason, int length) {
        icmp.unreachable(reason, ends.guest, ends.guestPort, ends.remote, ends.remotePort, length);
    }

    private void add(UdpFlow flow) {
        if (flows.size() >= MOST) {
            evict();
        }
        flows.put(flow.ends(), flow);
        if (!sweeping) {
            sweeping = true;
            loop.schedule(this::sweep, SWEEP_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void evict() {
        Iterator<UdpFlow> eldest = flows.values().iterator();
        if (eldest.hasNext()) {
            remove(eldest.next());
        }
    }

    private void remove(UdpFlow flow) {
        flows.remove(flow.ends());
        clients.values().remove(flow);
        written.remove(flow);
        last = Optional.empty();
        flow.close();
    }

    /** A flow's own socket is closed, perhaps by an error: the next datagram opens another. */
    void closed(UdpFlow flow) {
        if (flows.get(flow.ends()) == flow) {
            remove(flow);
        }
    }

    private void sweep() {
        sweeping = !closed && !flows.isEmpty();
        if (!sweeping) {
            return;
        }
        long now = nanoTime.getAsLong();
        for (UdpFlow flow : List.copyOf(flows.values())) {
            if (now - flow.lastUse() > IDLE_NANOS) {
                remove(flow);
            }
        }
        loop.schedule(this::sweep, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    /** What a flow's peer sent; takes it over. */
    void received(Ends ends, ByteBuf data) {
        guest.udp(ends.remote, ends.remotePort, ends.guest, ends.guestPort, Sockets.compact(allocator, data));
    }

    /**
     * Data from the host's side to a forwarded port.
     *
     * @param socket where it came in, and answers go out
     * @param data taken over
     */
    public void forward(Channel socket, InetSocketAddress from, IpAddress to, int toPort, ByteBuf data) {
        Client client = new Client(socket, from);
        UdpFlow flow = clients.get(client);
        if (flow == null) {
            flow = new UdpFlow(this, shown(from, to, toPort), nanoTime.getAsLong());
            flow.use(socket, from);
            add(flow);
            clients.put(client, flow);
        } else {
            flows.get(flow.ends()); // the latest used
        }
        flow.used(nanoTime.getAsLong());
        received(flow.ends(), data);
    }

    /** Who the guest takes the sender for: itself, unless the guest could not answer it; with another port if that is taken. */
    private Ends shown(InetSocketAddress from, IpAddress to, int toPort) {
        IpAddress remote = plan.shown(IpAddress.of(from.getAddress()), to);
        Ends ends = new Ends(to, toPort, remote, from.getPort());
        for (int i = 0; i < DYNAMIC_PORTS && flows.containsKey(ends); i++) {
            nextPort = (nextPort + 1) % DYNAMIC_PORTS;
            ends = new Ends(to, toPort, remote, FIRST_DYNAMIC_PORT + nextPort);
        }
        if (flows.containsKey(ends)) {
            remove(flows.get(ends));
        }
        return ends;
    }

    /** Flows there are. */
    public int size() {
        return flows.size();
    }

    @Override
    public void close() {
        closed = true;
        for (UdpFlow flow : List.copyOf(flows.values())) {
            remove(flow);
        }
    }
}
