package dev.jvmm.virtio.console;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A port whose host's end is a Unix stream socket on which this process listens, as QEMU's {@code -chardev socket,server=on,wait=off}.
 * One program at a time is connected, others wait. What the guest sends while none is, is lost; what a program sends waits until the guest
 * has opened its end.
 *
 * <p>Two threads: one accepts and reads, one writes. Neither gets ahead of the other side by more than {@value #ROOM} bytes.
 */
public final class SocketPort implements PortPeer {
    private static final int ROOM = 16 << 10;
    private static final int PIECE = 4096;
    private static final long PATIENCE_MILLIS = 2000;

    private final Path path;
    private final ServerSocketChannel listener;
    private final Thread reader;
    private final Thread writer;
    private final ByteBuffer output = ByteBuffer.allocate(ROOM);
    private Optional<SocketChannel> client = Optional.empty();
    private Optional<ByteBuffer> input = Optional.empty();
    private Optional<PortLine> line = Optional.empty();
    private boolean guestOpen;

    /** The guest waits for room in {@link #output}. */
    private boolean full;

    private boolean closed;

    private SocketPort(String name, Path path, ServerSocketChannel listener) {
        this.path = path;
        this.listener = listener;
        reader = Thread.ofPlatform().daemon().name(name + "-in").unstarted(this::serve);
        writer = Thread.ofPlatform().daemon().name(name + "-out").unstarted(this::write);
    }

    /**
     * Listens. A socket that a process left behind is replaced.
     *
     * @param name for threads
     * @throws IOException when there is something at the path that is no socket, or somebody listens there; or the host refuses
     */
    public static SocketPort listen(String name, Path path) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        if (isLeftOver(path, address)) {
            Files.delete(path);
        }
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(address, 1);
            return new SocketPort(name, path, listener);
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    /** Whether a socket is there, and nobody listens. */
    private static boolean isLeftOver(Path path, UnixDomainSocketAddress address) throws IOException {
        if (!Files.exists(path) || Files.isRegularFile(path) || Files.isDirectory(path)) {
            return false;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(address);
            throw new IOException("another process listens on it");
        } catch (ConnectException refused) {
            return true;
        }
    }

    @Override
    public void attached(PortLine to) {
        synchronized (this) {
            line = Optional.of(to);
        }
        reader.start();
        writer.start();
    }

    @Override
    public synchronized void output(ByteBuffer bytes) {
        if (client.isEmpty()) {
            bytes.position(bytes.limit());
            return;
        }
        int count = Math.min(bytes.remaining(), output.remaining());
        output.put(output.position(), bytes, bytes.position(), count);
        output.position(output.position() + count);
        bytes.position(bytes.position() + count);
        full = bytes.hasRemaining();
        notifyAll();
    }

    @Override
    public void inputReady() {
        offer();
    }

    @Override
    public void guestOpened(boolean open) {
        synchronized (this) {
            guestOpen = open;
        }
        offer();
    }

    /** With the device's lock held: gives the guest what was read, if it listens. */
    private synchronized void offer() {
        if (!guestOpen || input.isEmpty()) {
            return;
        }
        line.orElseThrow().input(input.get());
        if (!input.get().hasRemaining()) {
            input = Optional.empty();
            notifyAll();
        }
    }

    private void serve() {
        while (!isClosed()) {
            try (SocketChannel connected = listener.accept()) {
                connect(connected);
                read(connected);
            } catch (IOException e) {
                // the program, or this port, has closed its end
            } finally {
                disconnect();
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void connect(SocketChannel connected) {
        client = Optional.of(connected);
    }

    private void disconnect() {
        synchronized (this) {
            client = Optional.empty();
            output.clear();
        }
        goOn();
    }

    /** There is room again for a guest that waits. */
    private void goOn() {
        PortLine to;
        synchronized (this) {
            if (!full || closed) {
                return;
            }
            full = false;
            to = line.orElseThrow();
        }
        to.post(to::outputReady);
    }

    private void read(SocketChannel connected) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(PIECE);
        while (connected.read(bytes.clear()) >= 0) {
            PortLine to;
            synchronized (this) {
                input = Optional.of(bytes.flip());
                to = line.orElseThrow();
            }
            to.post(this::offer);
            if (!awaitTaken()) {
                return;
            }
        }
    }

    /** Waits for the guest to take what was read; returns whether the port goes on. */
    private synchronized boolean awaitTaken() {
        while (input.isPresent() && !closed) {
            pause();
        }
        return !closed;
    }

    private void write() {
        ByteBuffer piece = ByteBuffer.allocate(ROOM);
        while (true) {
            Optional<SocketChannel> to;
            synchronized (this) {
                while (output.position() == 0 && !closed) {
                    pause();
                }
                if (closed) {
                    return;
                }
                piece.clear().put(output.flip()).flip();
                output.clear();
                to = client;
            }
            if (to.isPresent()) {
                send(to.get(), piece);
            }
            goOn();
        }
    }

    private static void send(SocketChannel to, ByteBuffer piece) {
        try {
            while (piece.hasRemaining()) {
                to.write(piece);
            }
        } catch (IOException e) {
            // the reader finds the same, and ends the connection
        }
    }

    private void pause() {
        try {
            wait();
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    @Override
    public void close() {
        Optional<SocketChannel> open;
        synchronized (this) {
            closed = true;
            open = client;
            notifyAll();
        }
        closeQuietly(listener);
        if (open.isPresent()) {
            closeQuietly(open.get());
        }
        try {
            Files.deleteIfExists(path);
            reader.join(PATIENCE_MILLIS);
            writer.join(PATIENCE_MILLIS);
        } catch (IOException e) {
            // whoever listens there next replaces it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing is lost by it
        }
    }
}
