package dev.jvmm.vsock;

import dev.jvmm.linux.SocketCalls;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.Virtqueue;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sockets between the guest and its host. The host's side is Unix sockets, in the way of Firecracker: a program connects to the device's
 * socket and writes {@code CONNECT 1024} to reach the guest's port 1024; the guest's connection to port 1024 of CID 2 finds who listens on
 * the socket {@code PATH_1024}. Programs in this process use {@link #connect} and {@link #listen}.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.10
 */
public final class VsockDevice implements VirtioDevice {
    /** The device ID. */
    public static final int TYPE = 19;

    /** Feature: streams, which there are anyway. */
    public static final long STREAM = 1;

    /** Feature: connections that keep messages apart. */
    public static final long SEQPACKET = 1 << 1;

    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;
    static final int EVENTS = 2;

    static final int QUEUES = 3;
    static final int STATE_VERSION = 1;

    /** Descriptors: as many as Linux's driver fills with 4 KiB each at its start. */
    private static final int QUEUE_SIZE = 128;

    private static final int CONFIG_CID = 0;
    private static final int CONFIG_SIZE = 8;

    private final String name;
    private final long cid;
    private final ConfigSpace space = space();
    private final Board board;
    private final ReceiveQueue receive;
    private final TransmitQueue transmit;
    private final EventQueue events = new EventQueue();
    private volatile VirtioHost host;
    private boolean active;

    /** The driver of a saved machine was active. */
    private boolean restored;

    private VsockDevice(String name, VsockConfig config) {
        this.name = name;
        cid = config.cid();
        putCid(space, cid);
        board = new Board(config, new Runnable() {
            @Override
            public void run() {
                receive.run();
            }
        });
        receive = new ReceiveQueue(this, board);
        transmit = new TransmitQueue(this, board);
    }

    static int sizeOf(int queue) {
        return queue == EVENTS ? EventQueue.SIZE : QUEUE_SIZE;
    }

    static ConfigSpace space() {
        return new ConfigSpace(CONFIG_SIZE);
    }

    static void putCid(ConfigSpace space, long cid) {
        space.putInt64(CONFIG_CID, cid);
    }

    /**
     * Makes a device; its Unix socket, if it has one, is there when this returns, and programs that connect wait for the guest.
     *
     * @param name for the log: "vsock0"
     * @throws VsockException when there can be no such socket
     */
    public static VsockDevice open(String name, VsockConfig config) {
        VsockDevice device = new VsockDevice(name, config);
        device.board.doors().listen();
        return device;
    }

    /** The guest's CID. */
    public long cid() {
        return cid;
    }

    /**
     * Connects to a stream socket that listens on a port of the guest's. Any thread, but not the machine's event loop. Where the guest has
     * no driver yet this waits for one.
     *
     * @param port 32 bits, unsigned
     * @param patience the longest wait for the guest
     * @throws ConnectException when the guest refuses or does not answer in time
     * @throws IOException when the machine has ended, or has as many connections as it can
     */
    public VsockChannel connect(int port, Duration patience) throws IOException, InterruptedException {
        return connect(port, patience, false);
    }

    /** As {@link #connect}, to a socket that keeps messages apart (SOCK_SEQPACKET): each write is a message, each read gives one. */
    public VsockChannel connectForMessages(int port, Duration patience) throws IOException, InterruptedException {
        return connect(port, patience, true);
    }

    private VsockChannel connect(int port, Duration patience, boolean messages)
            throws IOException, InterruptedException {
        VirtioHost surroundings = host;
        if (surroundings == null) {
            throw new IOException("the vsock device is in no machine");
        }
        Call call = new Call(port, messages, patience.toNanos());
        if (!surroundings.post(call)) {
            throw new IOException("the machine has ended");
        }
        return call.await();
    }

    /**
     * Listens on a port of the host's (CID 2), in place of a Unix socket for that port. Any thread.
     *
     * @param port 32 bits, unsigned
     * @throws BindException when somebody in this process listens there already
     */
    public VsockListener listen(int port) throws BindException {
        return listen(port, false);
    }

    /** As {@link #listen}, for sockets that keep messages apart (SOCK_SEQPACKET). */
    public VsockListener listenForMessages(int port) throws BindException {
        return listen(port, true);
    }

    private VsockListener listen(int port, boolean messages) throws BindException {
        VsockListener listener = new VsockListener(board.doors(), port, messages);
        if (!board.doors().add(listener)) {
            throw new BindException("port " + Integer.toUnsignedString(port) + " is taken");
        }
        return listener;
    }

    /** A connection that somebody waits for. */
    private final class Call implements Runnable, Opener {
        private final int port;
        private final boolean messages;
        private final long nanos;
        private final CompletableFuture<Integer> answer = new CompletableFuture<>();

        Call(int port, boolean messages, long nanos) {
            this.port = port;
            this.messages = messages;
            this.nanos = nanos;
        }

        /** On the event loop, with the device's lock. */
        @Override
        public void run() {
            if (answer.isDone()) {
                return;
            }
            int ours = board.calls().pair(messages ? SocketCalls.SOCK_SEQPACKET : SocketCalls.SOCK_STREAM);
            if (ours < 0) {
                refused("this process has too many descriptors");
                return;
            }
            theirs = board.calls().otherOfPair();
            board.ask(messages ? Packet.SEQPACKET : Packet.STREAM, port, ours, this, nanos);
            receive.run();
        }

        private int theirs = -1;

        @Override
        public void opened(int fd, int hostPort) {
            if (!answer.complete(theirs)) {
                board.calls().close(theirs);
            }
        }

        @Override
        public void refused(String why) {
            if (theirs >= 0) {
                board.calls().close(theirs);
            }
            answer.completeExceptionally(new ConnectException("port " + Integer.toUnsignedString(port) + " of " + name()
                    + ": " + why));
        }

        VsockChannel await() throws IOException, InterruptedException {
            try {
                return new VsockChannel(answer.get(nanos, TimeUnit.NANOSECONDS), port, messages);
            } catch (TimeoutException | InterruptedException e) {
                if (answer.cancel(false)) {
                    if (e instanceof InterruptedException interrupted) {
                        throw interrupted;
                    }
                    throw new ConnectException("port " + Integer.toUnsignedString(port) + " of " + name()
                            + ": the guest does not answer");
                }
                return new VsockChannel(answer.join(), port, messages);
            } catch (ExecutionException e) {
                throw new ConnectException(e.getCause().getMessage());
            }
        }
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "vsock " + name;
    }

    @Override
    public long features() {
        return STREAM | SEQPACKET;
    }

    @Override
    public int queues() {
        return QUEUES;
    }

    @Override
    public int queueSize(int queue) {
        return sizeOf(queue);
    }

    @Override
    public ConfigSpace config() {
        return space;
    }

    @Override
    public void attach(VirtioHost surroundings) {
        board.attach(surroundings);
        host = surroundings;
    }

    @Override
    public void activate(long features, List<Virtqueue> queues) {
        receive.begin(queues.get(RECEIVE), cid);
        transmit.begin(queues.get(TRANSMIT), cid);
        events.begin(queues.get(EVENTS), restored);
        board.forgetful(events.isPending());
        restored = false;
        active = true;
        board.begin();
    }

    /** Whether the driver has to hear first that its old connections are gone. */
    boolean awaitsReset() {
        return events.isPending();
    }

    void again(int queue) {
        host.again(queue);
    }

    @Override
    public void notified(int queue) {
        if (queue == RECEIVE) {
            receive.notified();
        } else if (queue == TRANSMIT) {
            transmit.run();
            receive.run();
        } else {
            boolean waited = events.isPending();
            events.notified();
            if (waited && !events.isPending()) {
                board.forgetful(false);
                receive.run();
            }
        }
    }

    @Override
    public void reset() {
        active = false;
        restored = false;
        receive.reset();
        transmit.reset();
        events.reset();
        board.reset();
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    /** Connections stay behind: the guest is told, and asks anew. Its CID is that of the device that takes this up. */
    @Override
    public void save(StateWriter out) {
        out.bool(active).int32(board.nextPort());
    }

    @Override
    public void restore(StateReader in) {
        restored = in.bool();
        board.nextPort(in.int32());
    }

    @Override
    public void close() {
        board.close();
    }
}
