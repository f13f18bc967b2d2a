package dev.jvmm.vsock;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SocketCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the host's programs and the guest meet: the Unix socket on which they ask for the guest's ports, the ones beside it that the guest
 * asks for, and listeners of this process. Guarded by the device's lock, but for {@link #listeners}.
 *
 * <p>Beyond the limits programs wait in the socket's own queue.
 */
final class HostDoors implements Polled, AutoCloseable {
    private static final int BACKLOG = 128;

    /** Programs that have not said yet which port they want; beyond these the one that has been silent the longest is sent away. */
    private static final int MOST_SILENT = 256;

    private final Board board;
    private final VsockConfig config;

    /** By port and type, as {@link #key} has it. */
    private final ConcurrentHashMap<Long, VsockListener> listeners = new ConcurrentHashMap<>();

    private final ArrayDeque<Greeting> silent = new ArrayDeque<>();
    private int fd = -1;
    private int slot = -1;
    private boolean admitting;

    /** Somebody may be waiting to be accepted. */
    private boolean waiting;

    HostDoors(Board board, VsockConfig config) {
        this.board = board;
        this.config = config;
    }

    /**
     * Makes the Unix socket. One that a process left behind is replaced.
     *
     * @throws VsockException that says what is in the way
     */
    void listen() {
        if (config.socket().isEmpty()) {
            return;
        }
        String path = config.socket().get();
        int made = board.calls().listen(SocketCalls.SOCK_STREAM, path, BACKLOG);
        if (made == -Errno.EADDRINUSE && isLeftOver(path)) {
            delete(path);
            made = board.calls().listen(SocketCalls.SOCK_STREAM, path, BACKLOG);
        }
        if (made == -Errno.EADDRINUSE) {
            throw new VsockException("no socket can be made at '" + path
                    + "': there is something already, and it is in use or no socket; give another path");
        }
        if (made < 0) {
            throw new VsockException("no socket can be made at '" + path + "': " + Errno.describe(-made)
                    + "; give a path in a folder that you may write to");
        }
        fd = made;
    }

    /** Whether a socket is there, and nobody listens. */
    private boolean isLeftOver(String path) {
        Path file = Path.of(path);
        if (Files.isRegularFile(file) || Files.isDirectory(file)) {
            return false;
        }
        int probe = board.calls().connect(SocketCalls.SOCK_STREAM, path);
        if (probe >= 0) {
            board.calls().close(probe);
        }
        return probe == -Errno.ECONNREFUSED;
    }

    private static void delete(String path) {
        try {
            Files.deleteIfExists(Path.of(path));
        } catch (IOException e) {
            // whoever listens there next says what is in the way
        }
    }

    void attach() {
        if (fd >= 0) {
            slot = board.reactor().add(fd, this);
            if (slot < 0) {
                throw new VsockException("the socket '" + config.socket().get() + "' can not be watched: "
                        + Errno.describe(-slot));
            }
        }
    }

    private static long key(int port, boolean messages) {
        return (long) port << 1 | (messages ? 1 : 0);
    }

    /** Any thread. Returns false when somebody listens there already. */
    boolean add(VsockListener listener) {
        return listeners.putIfAbsent(key(listener.port(), listener.keepsMessages()), listener) == null;
    }

    /** Any thread. */
    void remove(VsockListener listener) {
        listeners.remove(key(listener.port(), listener.keepsMessages()), listener);
    }

    /**
     * A socket for a connection of the guest's.
     *
     * @return its number, or negative when nobody listens
     */
    int open(int port, boolean messages) {
        int type = messages ? SocketCalls.SOCK_SEQPACKET : SocketCalls.SOCK_STREAM;
        VsockListener listener = listeners.isEmpty() ? null : listeners.get(key(port, messages));
        if (listener != null) {
            int ours = board.calls().pair(type);
            if (ours >= 0 && !listener.offer(board.calls().otherOfPair())) {
                board.calls().close(board.calls().otherOfPair());
                board.calls().close(ours);
                return -Errno.ECONNREFUSED;
            }
            return ours;
        }
        if (config.socket().isEmpty()) {
            return -Errno.ECONNREFUSED;
        }
        return board.calls().connect(type, config.socket().get() + '_' + Integer.toUnsignedString(port));
    }

    /** Whether programs may ask for the guest's ports: while it has a driver. */
    void admit(boolean value) {
        admitting = value;
        accept();
    }

    @Override
    public void ready(int events) {
        waiting = true;
        accept();
    }

    /** A connection has ended. */
    void roomAgain() {
        if (waiting) {
            board.tickSoon();
        }
    }

    /** Looks again, after a while. */
    void retry() {
        accept();
    }

    private void accept() {
        while (waiting && admitting && !board.isCrowded()) {
            int client = board.calls().accept(fd);
            if (client == -Errno.EAGAIN) {
                waiting = false;
            } else if (client == -Errno.EMFILE || client == -Errno.ENFILE || client == -Errno.ENOMEM
                    || client == -Errno.ENOBUFS) {
                board.tickSoon();
                return;
            } else if (client >= 0) {
                greet(client);
            }
        }
    }

    private void greet(int client) {
        if (silent.size() == MOST_SILENT) {
            silent.peekFirst().close();
        }
        Greeting greeting = new Greeting(board, this, client);
        silent.add(greeting);
        greeting.watch();
    }

    /** A program has said what it wants, or was sent away. */
    void settled(Greeting greeting) {
        silent.remove(greeting);
    }

    @Override
    public void close() {
        for (Greeting greeting : silent.toArray(new Greeting[0])) {
            greeting.close();
        }
        for (VsockListener listener : listeners.values()) {
            listener.close();
        }
        if (fd >= 0) {
            board.calls().close(fd);
            fd = -1;
            delete(config.socket().get());
        }
    }
}
