package dev.jvmm.vsock;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SocketCalls;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;

/**
 * This process's end of a connection with the guest, blocking, like a {@link java.nio.channels.SocketChannel}. Any thread; one reads and
 * one writes at a time, and closing it wakes them.
 */
public final class VsockChannel implements ByteChannel {
    private static final int BOUNCE = MessageConnection.MOST;

    /** One direction's calls, and memory for buffers that the kernel can not reach. */
    private static final class Way {
        private final SocketCalls calls = new SocketCalls();
        private final ByteBuffer vector = NativeBuffers.allocate(DescriptorChain.IOVEC_SIZE);
        private final long vectorAddress = NativeBuffers.address(vector);
        private ByteBuffer bounce = NativeBuffers.allocate(0);

        ByteBuffer bounce(int wanted) {
            int size = Math.min(BOUNCE, Math.max(wanted, 1));
            if (bounce.capacity() < size) {
                bounce = NativeBuffers.allocate(size);
            }
            return bounce.clear().limit(size);
        }

        long send(int fd, ByteBuffer from) {
            name(from);
            long done = calls.send(fd, vectorAddress, 1, 0);
            Reference.reachabilityFence(from);
            return done;
        }

        long receive(int fd, ByteBuffer into) {
            name(into);
            long done = calls.receive(fd, vectorAddress, 1, 0);
            Reference.reachabilityFence(into);
            return done;
        }

        private void name(ByteBuffer buffer) {
            vector.putLong(0, NativeBuffers.address(buffer) + buffer.position());
            vector.putLong(Long.BYTES, buffer.remaining());
        }
    }

    /** What does not block; guarded by itself. */
    private static final SocketCalls CONTROL = new SocketCalls();

    private final int fd;
    private final int port;
    private final boolean messages;
    private final Object in = new Object();
    private final Object out = new Object();

    /** Null before they are used; guarded by the objects above. */
    private Way reader;

    private Way writer;
    private volatile boolean closed;

    /** Takes over a connected socket. */
    VsockChannel(int fd, int port, boolean messages) {
        this.fd = fd;
        this.port = port;
        this.messages = messages;
    }

    /** The port that was connected to: the guest's, or the host's of a connection that was accepted. */
    public int port() {
        return port;
    }

    /**
     * Reads what there is, or waits for some.
     *
     * @return bytes read, of a message what fits; -1 when the guest sends no more, and for a message of no bytes 0
     */
    @Override
    public int read(ByteBuffer into) throws IOException {
        synchronized (in) {
            check();
            if (!into.hasRemaining()) {
                return 0;
            }
            reader = reader == null ? new Way() : reader;
            ByteBuffer memory = into.isDirect() ? into : reader.bounce(into.remaining());
            long got = reader.receive(fd, memory);
            if (closed) {
                throw new AsynchronousCloseException();
            }
            if (got == 0 || got == -Errno.ECONNRESET) {
                return -1;
            }
            if (got < 0) {
                throw new IOException("read: " + Errno.describe((int) -got));
            }
            if (memory == into) {
                into.position(into.position() + (int) got);
            } else {
                into.put(memory.limit((int) got));
            }
            return (int) got;
        }
    }

    /**
     * Writes all of a stream's bytes, or a message, and waits for room meanwhile.
     *
     * @throws IOException when the guest takes no more, or for a message of more than 128 KiB
     */
    @Override
    public int write(ByteBuffer from) throws IOException {
        int whole = from.remaining();
        if (messages && whole > BOUNCE) {
            throw new IOException("a message of " + whole + " bytes: " + BOUNCE + " are possible");
        }
        synchronized (out) {
            writer = writer == null ? new Way() : writer;
            do {
                check();
                ByteBuffer memory = from;
                if (!from.isDirect()) {
                    memory = writer.bounce(from.remaining());
                    memory.put(0, from, from.position(), memory.remaining());
                }
                long done = writer.send(fd, memory);
                if (closed) {
                    throw new AsynchronousCloseException();
                }
                if (done == -Errno.EPIPE || done == -Errno.ECONNRESET) {
                    throw new EOFException("the guest takes no more");
                }
                if (done < 0) {
                    throw new IOException("write: " + Errno.describe((int) -done));
                }
                from.position(from.position() + (int) done);
            } while (from.hasRemaining());
        }
        return whole;
    }

    private void check() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    /** Sends no more: the guest reads an end behind what was written. */
    public void shutdownOutput() throws IOException {
        shutdown(SocketCalls.SHUT_WR);
    }

    /** Reads no more: the guest's writes fail. */
    public void shutdownInput() throws IOException {
        shutdown(SocketCalls.SHUT_RD);
    }

    private void shutdown(int how) throws IOException {
        synchronized (CONTROL) {
            check();
            CONTROL.shutdown(fd, how);
        }
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        synchronized (CONTROL) {
            if (closed) {
                return;
            }
            closed = true;
            CONTROL.shutdown(fd, SocketCalls.SHUT_RD);
            CONTROL.shutdown(fd, SocketCalls.SHUT_WR);
        }
        synchronized (in) {
            synchronized (out) {
                synchronized (CONTROL) {
                    CONTROL.close(fd);
                }
            }
        }
    }
}
