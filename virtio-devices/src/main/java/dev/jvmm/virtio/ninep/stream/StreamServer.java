package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.virtio.ninep.server.Share;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * A share on a socket, for 9P clients: Linux's with {@code trans=unix} or {@code trans=tcp}, and others. Whoever can connect is let in with
 * the rights of this process, as the protocol's own authentication is not spoken. Beyond the most clients, connections are refused by
 * ending them.
 */
public final class StreamServer implements AutoCloseable {
    private static final long END_MILLIS = 5_000;

    private final Share share;
    private final ServerSocketChannel listener;
    private final int mostMessage;
    private final int mostClients;
    private final Thread acceptor;

    /** Guarded by itself. */
    private final List<StreamConnection> connections = new ArrayList<>();

    private boolean closed;

    private StreamServer(Share share, ServerSocketChannel listener, int mostMessage, int mostClients) {
        this.share = share;
        this.listener = listener;
        this.mostMessage = mostMessage;
        this.mostClients = mostClients;
        acceptor = Thread.ofPlatform().daemon().name("9p-accept").unstarted(this::accept);
    }

    /**
     * Listens.
     *
     * @param share closed by its owner, behind this
     * @param address of a TCP port (0: any that is free), or of a Unix socket, which must not be there
     * @param mostMessage bytes of the longest message, at least the share's
     * @param mostClients connected at a time
     * @throws IOException when the host does not allow it
     */
    public static StreamServer listen(Share share, SocketAddress address, int mostMessage, int mostClients)
            throws IOException {
        ServerSocketChannel listener = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        try {
            listener.bind(address);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        StreamServer server = new StreamServer(share, listener, mostMessage, mostClients);
        server.acceptor.start();
        return server;
    }

    /** Where it listens: the TCP port that was found, for instance. */
    public SocketAddress address() {
        try {
            return listener.getLocalAddress();
        } catch (IOException e) {
            throw new IllegalStateException("the server is closed", e);
        }
    }

    /** How many clients are connected. */
    public int clients() {
        synchronized (connections) {
            return connections.size();
        }
    }

    private void accept() {
        long number = 0;
        while (listener.isOpen()) {
            try {
                serve("9p-" + number++, listener.accept());
            } catch (IOException e) {
                if (listener.isOpen()) {
                    System.getLogger("dev.jvmm.virtio.ninep").log(System.Logger.Level.WARNING,
                            "a client could not be let in: " + e.getMessage());
                    rest();
                }
            }
        }
    }

    /** Too many open files, for instance: others may close some. */
    private static void rest() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(String name, SocketChannel channel) throws IOException {
        synchronized (connections) {
            if (closed || connections.size() >= mostClients) {
                channel.close();
                return;
            }
            if (!(channel.getLocalAddress() instanceof UnixDomainSocketAddress)) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            Ended ended = new Ended();
            StreamConnection connection = new StreamConnection(name, channel, share.connect(), mostMessage, ended);
            ended.connection = connection;
            connections.add(connection);
            try {
                connection.start();
            } catch (RuntimeException | Error e) { // no memory, or no thread
                connections.remove(connection);
                connection.close();
                throw new IOException(e);
            }
        }
    }

    private final class Ended implements Runnable {
        private StreamConnection connection;

        @Override
        public void run() {
            synchronized (connections) {
                connections.remove(connection);
                connections.notifyAll();
            }
        }
    }

    /** Ends all connections and waits, for a while, until nobody is at work on files any more. */
    @Override
    public void close() {
        List<StreamConnection> open;
        SocketAddress address = listener.isOpen() ? address() : null;
        synchronized (connections) {
            closed = true;
            open = List.copyOf(connections);
        }
        try {
            listener.close();
            if (address instanceof UnixDomainSocketAddress unix) {
                Files.deleteIfExists(unix.getPath());
            }
        } catch (IOException e) {
            // whoever listens there next has to remove it
        }
        for (StreamConnection connection : open) {
            connection.close();
        }
        try {
            acceptor.join(END_MILLIS);
            awaitEnds();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitEnds() throws InterruptedException {
        long deadline = System.nanoTime() + END_MILLIS * 1_000_000;
        synchronized (connections) {
            while (!connections.isEmpty() && System.nanoTime() - deadline < 0) {
                connections.wait(100);
            }
        }
    }
}
