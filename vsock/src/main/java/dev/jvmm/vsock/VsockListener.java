package dev.jvmm.vsock;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;

/** Takes the guest's connections to a port of the host's. Any thread. */
public final class VsockListener implements Closeable {
    /** Connections that may wait to be accepted; beyond these the guest is refused. */
    private static final int BACKLOG = 128;

    private final HostDoors doors;
    private final int port;
    private final boolean messages;
    private final ArrayDeque<VsockChannel> waiting = new ArrayDeque<>();
    private boolean closed;

    VsockListener(HostDoors doors, int port, boolean messages) {
        this.doors = doors;
        this.port = port;
        this.messages = messages;
    }

    /** The host's port, 32 bits, unsigned. */
    public int port() {
        return port;
    }

    /** Whether its connections keep messages apart. */
    public boolean keepsMessages() {
        return messages;
    }

    /** A connection of the guest's; returns whether it is taken. */
    synchronized boolean offer(int fd) {
        if (closed || waiting.size() == BACKLOG) {
            return false;
        }
        waiting.add(new VsockChannel(fd, port, messages));
        notifyAll();
        return true;
    }

    /**
     * Waits for the guest's next connection.
     *
     * @throws ClosedChannelException when this is closed, meanwhile or before
     */
    public synchronized VsockChannel accept() throws IOException, InterruptedException {
        while (waiting.isEmpty()) {
            if (closed) {
                throw new ClosedChannelException();
            }
            wait();
        }
        return waiting.poll();
    }

    /** The guest's next connection, or null when none waits. */
    synchronized VsockChannel poll() {
        return waiting.poll();
    }

    /** Listens no more. Connections that nobody has accepted are closed. */
    @Override
    public void close() {
        doors.remove(this);
        synchronized (this) {
            closed = true;
            for (VsockChannel channel : waiting) {
                channel.close();
            }
            waiting.clear();
            notifyAll();
        }
    }
}
