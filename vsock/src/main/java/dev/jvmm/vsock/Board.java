package dev.jvmm.vsock;

import dev.jvmm.event.Timer;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SocketCalls;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * All connections of a device, and who of them has something for the guest. Guarded by the device's lock.
 *
 * <p>A connection that the guest has no more to do with leaves the table at once; what it still keeps for the host is sent by and by, and
 * such connections count like others.
 */
final class Board implements AutoCloseable {
    /** How long a guest may take to accept a connection where nobody says otherwise, and to confirm that one has ended. */
    static final long ASK_NANOS = 10_000_000_000L;

    static final long CLOSE_NANOS = 8_000_000_000L;

    /** Connections of one device. */
    static final int MOST_CONNECTIONS = 4096;

    private static final long TICK_NANOS = 500_000_000L;
    private static final int VECTORS = 512;
    private static final int SCRATCH = 64;

    /** The host's ports for connections to the guest: these, one after the other. */
    private static final int FIRST_PORT = 1 << 30;

    private static final int LAST_PORT = Integer.MAX_VALUE;

    /** Room for the guest's data, by how many connections there are: few get much, and all together at most 150 MiB. */
    private static final int[][] ROOMS = { { 16, 1 << 20 }, { 128, 1 << 18 }, { 1024, 1 << 16 }, {
        MOST_CONNECTIONS, 1 << 14
    } };

    private final SocketCalls calls = new SocketCalls();
    private final ByteBuffer vectors = NativeBuffers.allocate(VECTORS * DescriptorChain.IOVEC_SIZE);
    private final long vectorsAddress = NativeBuffers.address(vectors);
    private final ByteBuffer scratch = NativeBuffers.allocate(SCRATCH);
    private final long scratchAddress = NativeBuffers.address(scratch);
    private final ConnectionTable table = new ConnectionTable();
    private final Set<Connection> draining = new LinkedHashSet<>();
    private final Turns turns = new Turns();
    private final Refusals refusals = new Refusals();
    private final HostDoors doors;
    private final Runnable pump;
    private Reactor reactor;
    private Timer timer;
    private boolean ticking;
    private int nextPort = FIRST_PORT;

    /** Until the guest has dropped its old connections, it is not told of the end of any. */
    private boolean forgetful;

    /** @param pump gives the guest what there is for it */
    Board(VsockConfig config, Runnable pump) {
        this.pump = pump;
        doors = new HostDoors(this, config);
    }

    void attach(VirtioHost host) {
        reactor = new Reactor(host, pump);
        timer = host.timer(new Runnable() {
            @Override
            public void run() {
                tick();
                pump.run();
            }
        });
        doors.attach();
    }

    SocketCalls calls() {
        return calls;
    }

    Reactor reactor() {
        return reactor;
    }

    HostDoors doors() {
        return doors;
    }

    /** For whoever makes a call next: places for iovecs. */
    ByteBuffer vectors() {
        return vectors;
    }

    long vectorsAddress() {
        return vectorsAddress;
    }

    /** For whoever makes a call next: a few bytes. */
    ByteBuffer scratch() {
        return scratch;
    }

    long scratchAddress() {
        return scratchAddress;
    }

    // From the guest.

    /** Whether the driver's packets have to wait until it takes some of ours. */
    boolean isFull() {
        return refusals.areMany();
    }

    /** Takes a packet of the driver's; whatever it says ends in an answer or in nothing. */
    void fromGuest(Packet packet, DescriptorChain chain, long guestCid) {
        if (packet.sourceCid != guestCid) {
            return; // nobody whom an answer would reach
        }
        Connection connection = packet.targetCid == Packet.HOST ? table.find(packet.sourcePort, packet.targetPort)
                : null;
        if (packet.operation == Packet.REQUEST) {
            request(packet, connection);
        } else if (connection != null) {
            connection.fromGuest(packet, chain);
        } else if (packet.operation != Packet.RST) {
            refuse(packet);
        }
    }

    private void refuse(Packet packet) {
        if (!forgetful || packet.operation == Packet.REQUEST) {
            refusals.add(packet.targetCid, packet.targetPort, packet.sourcePort, packet.type);
        }
    }

    private void request(Packet packet, Connection old) {
        if (old != null) {
            boolean over = old.state() == Connection.State.CLOSING;
            old.leave(!over, "the guest broke the protocol");
            if (!over) {
                return;
            }
        }
        boolean known = packet.type == Packet.STREAM || packet.type == Packet.SEQPACKET;
        if (!known || packet.targetCid != Packet.HOST || isCrowded()) {
            refuse(packet);
            return;
        }
        int fd = doors.open(packet.targetPort, packet.type == Packet.SEQPACKET);
        if (fd < 0) {
            refuse(packet);
            return;
        }
        Connection connection = connection(packet.type, packet.sourcePort, packet.targetPort, fd, Opener.NONE);
        connection.credit.heard(packet.bufAlloc, packet.fwdCnt);
        if (connection.watch()) {
            table.add(connection);
            wake(connection);
        } else {
            connection.end();
            refuse(packet);
        }
    }

    private Connection connection(int type, int guestPort, int hostPort, int fd, Opener opener) {
        int row = 0;
        while (count() >= ROOMS[row][0] && row < ROOMS.length - 1) {
            row++;
        }
        int room = ROOMS[row][1];
        return type == Packet.STREAM ? new StreamConnection(this, guestPort, hostPort, fd, room, opener)
                : new MessageConnection(this, guestPort, hostPort, fd, Math.min(room, MessageConnection.MOST), opener);
    }

    private int count() {
        return table.size() + draining.size();
    }

    /** Whether there are as many connections as there can be. */
    boolean isCrowded() {
        return count() >= MOST_CONNECTIONS;
    }

    // From the host.

    /**
     * Asks the guest for a connection.
     *
     * @param fd the host's socket, which is the connection's from now on
     * @param nanos how long the guest may take
     */
    void ask(int type, int guestPort, int fd, Opener opener, long nanos) {
        if (isCrowded()) {
            calls.close(fd);
            opener.refused("there are " + MOST_CONNECTIONS + " connections already");
            return;
        }
        Connection connection = connection(type, guestPort, freePort(guestPort), fd, opener);
        if (!connection.watch()) {
            connection.drop("this process has too many descriptors, or too little memory");
            return;
        }
        connection.expireIn(nanos);
        table.add(connection);
        wake(connection);
    }

    private int freePort(int guestPort) {
        int port;
        do {
            port = nextPort;
            nextPort = port == LAST_PORT ? FIRST_PORT : port + 1;
        } while (table.find(guestPort, port) != null);
        return port;
    }

    /** The next of the host's ports; a machine that goes on from a saved one uses others than that did. */
    int nextPort() {
        return nextPort;
    }

    void nextPort(int port) {
        nextPort = Math.max(port, FIRST_PORT);
    }

    // To the guest.

    boolean hasMore() {
        return !turns.isEmpty() || !refusals.isEmpty();
    }

    /** Sends the next packet or burst. There is one, and a buffer. */
    void toGuest(GuestBuffers buffers) {
        if (!refusals.isEmpty()) {
            refusals.send(buffers);
            return;
        }
        Connection connection = turns.take();
        if (connection.hasMore()) {
            connection.toGuest(buffers);
            wake(connection);
        }
    }

    /** Has a connection's turn come if it has something for the guest. */
    void wake(Connection connection) {
        if (connection.hasMore()) {
            turns.add(connection);
        }
    }

    // The end of connections.

    /** Takes a connection out. */
    void forget(Connection connection, boolean tell) {
        table.remove(connection);
        if (tell) {
            refusals.add(Packet.HOST, connection.hostPort, connection.guestPort, connection.type());
        }
        doors.roomAgain();
    }

    void draining(Connection connection) {
        draining.add(connection);
    }

    void drained(Connection connection) {
        draining.remove(connection);
        doors.roomAgain();
    }

    /** The time in so many nanoseconds, at about which somebody looks. */
    long deadline(long nanos) {
        tickSoon();
        return System.nanoTime() + nanos;
    }

    /** Has {@link #tick} called before long. */
    void tickSoon() {
        if (!ticking) {
            ticking = true;
            timer.schedule(TICK_NANOS);
        }
    }

    private void tick() {
        ticking = false;
        long now = System.nanoTime();
        for (Connection connection : table.all()) {
            connection.expire(now);
            if (connection.isTimed()) {
                tickSoon();
            }
        }
        doors.retry();
    }

    // The driver's life.

    /** Old connections are the guest's to drop, or it has dropped them. */
    void forgetful(boolean value) {
        forgetful = value;
    }

    /** The driver is ready. */
    void begin() {
        doors.admit(true);
    }

    /** Drops the guest's connections; what the guest has not heard of waits for the next driver. */
    void reset() {
        doors.admit(false);
        refusals.clear();
        forgetful = false;
        for (Connection connection : table.all()) {
            if (!connection.isUnheard()) {
                table.remove(connection);
                connection.drop("the guest's driver has begun anew");
            }
        }
    }

    /** Without the lock, when nothing runs any more. */
    @Override
    public void close() {
        for (Connection connection : table.all()) {
            connection.drop("the machine has ended");
        }
        table.clear();
        for (Connection connection : draining) {
            connection.end();
        }
        draining.clear();
        doors.close();
        if (reactor != null) {
            reactor.close();
            timer.close();
        }
    }
}
