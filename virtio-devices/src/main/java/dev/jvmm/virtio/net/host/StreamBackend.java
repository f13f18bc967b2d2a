package dev.jvmm.virtio.net.host;

import dev.jvmm.event.EventHandler;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.UnixSocket;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.net.NetBackend;
import dev.jvmm.virtio.net.NetHeader;
import dev.jvmm.virtio.net.NetListener;
import dev.jvmm.virtio.net.ReceiveRoom;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A stream to another program on this host, such as passt: each frame has its length in front, 32 bits, big-endian, as QEMU's {@code
 * -netdev stream} has it. There are no offloads and no header.
 *
 * <p>Both directions are bounded by a frame or two here, and by the socket's own buffers: who does not read keeps the other waiting.
 */
final class StreamBackend implements NetBackend, EventHandler, Runnable {
    static final int PREFIX = 4;

    /** The longest frame. */
    static final int LONGEST = NetHeader.MOST - NetHeader.SIZE;

    private static final int IN_BYTES = 2 * (PREFIX + LONGEST);
    private static final int MOST_VECTORS = 1024;
    private static final int ENDED = Epoll.ERR | Epoll.HUP;

    private final String path;
    private final UnixSocket socket;

    /** The length, then pieces of a frame. */
    private final ByteBuffer vectors = NativeBuffers.allocate(MOST_VECTORS * DescriptorChain.IOVEC_SIZE);

    private final long vectorsAddress = NativeBuffers.address(vectors);

    /** The pieces alone, as the chain writes them. */
    private final ByteBuffer pieces = vectors.slice(DescriptorChain.IOVEC_SIZE,
            vectors.capacity() - DescriptorChain.IOVEC_SIZE).order(ByteOrder.nativeOrder());

    private final ByteBuffer prefix = NativeBuffers.allocate(PREFIX).order(ByteOrder.BIG_ENDIAN);
    private final long prefixAddress = NativeBuffers.address(prefix);

    /** What the socket did not take of a frame: from its position to its limit. */
    private final ByteBuffer rest = NativeBuffers.allocate(PREFIX + LONGEST).limit(0);

    /** What came and was not asked for so far: from its position to its limit. */
    private final ByteBuffer in = NativeBuffers.allocate(IN_BYTES).order(ByteOrder.BIG_ENDIAN).limit(0);

    private final ByteBuffer header = NativeBuffers.allocate(NetHeader.SIZE);
    private VirtioHost host;
    private NetListener listener;
    private VirtioHost.Watch watch;
    private int wanted;
    private boolean roomAwaited;
    private boolean ended;

    /** Takes over a connected socket; the path is for messages. */
    StreamBackend(String path, UnixSocket socket) {
        this.path = path;
        this.socket = socket;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int pairs() {
        return 1;
    }

    @Override
    public void attach(VirtioHost surroundings, NetListener hearer) {
        host = surroundings;
        listener = hearer;
        watch = host.watch(socket, 0, this);
    }

    @Override
    public void configure(long features, int pairs) {}

    private void want(int events) {
        if (events != wanted) {
            wanted = events;
            watch.wanted(events);
        }
    }

    @Override
    public int send(int pair, DescriptorChain frame) {
        int length = (int) frame.readableLength() - NetHeader.SIZE;
        if (ended) {
            return -Errno.EPIPE;
        }
        if (length < 0 || length > LONGEST) {
            return -Errno.EMSGSIZE;
        }
        if (!flush()) {
            roomAwaited = true;
            return ended ? -Errno.EPIPE : -Errno.EAGAIN;
        }
        prefix.putInt(0, length);
        if (frame.readablePieces() >= MOST_VECTORS) {
            keep(frame, length, 0);
            flush();
            return length;
        }
        vectors.putLong(0, prefixAddress).putLong(Long.BYTES, PREFIX);
        int count = 1 + frame.readableVectors(NetHeader.SIZE, length, pieces);
        long sent = socket.send(vectorsAddress, count);
        if (sent == -Errno.EAGAIN) {
            roomAwaited = true;
            want(wanted | Epoll.OUT);
            return -Errno.EAGAIN;
        }
        if (sent < 0) {
            end("it does not take what is sent: " + Errno.describe((int) -sent));
            return -Errno.EPIPE;
        }
        if (sent < PREFIX + length) {
            keep(frame, length, (int) sent);
            want(wanted | Epoll.OUT);
        }
        return length;
    }

    /** Keeps what is left of a frame behind so many bytes that were sent. */
    private void keep(DescriptorChain frame, int length, int sent) {
        rest.clear();
        int ofPrefix = Math.max(0, PREFIX - sent);
        rest.put(0, prefix, PREFIX - ofPrefix, ofPrefix);
        int from = Math.max(0, sent - PREFIX);
        frame.read(NetHeader.SIZE + from, rest, ofPrefix, length - from);
        rest.limit(ofPrefix + length - from);
    }

    /** Sends what is left of the last frame; returns whether that is all gone. */
    private boolean flush() {
        if (ended) {
            return false;
        }
        if (!rest.hasRemaining()) {
            return true;
        }
        vectors.putLong(0, NativeBuffers.address(rest) + rest.position()).putLong(Long.BYTES, rest.remaining());
        long sent = socket.send(vectorsAddress, 1);
        if (sent >= 0) {
            rest.position(rest.position() + (int) sent);
        } else if (sent != -Errno.EAGAIN) {
            end("it does not take what is sent: " + Errno.describe((int) -sent));
            return false;
        }
        if (rest.hasRemaining()) {
            want(wanted | Epoll.OUT);
            return false;
        }
        return true;
    }

    @Override
    public int receive(int pair, ReceiveRoom room) {
        while (!ended) {
            int have = in.remaining();
            if (have >= PREFIX) {
                int length = in.getInt(in.position());
                if (length < 0 || length > LONGEST) {
                    end("it says that a frame has " + Integer.toUnsignedString(length) + " bytes");
                    return 0;
                }
                if (have - PREFIX >= length) {
                    return take(room, length);
                }
            }
            if (!read()) {
                return 0;
            }
        }
        return 0;
    }

    private int take(ReceiveRoom room, int length) {
        int at = in.position() + PREFIX;
        in.position(at + length);
        if (length < NetHeader.ETHERNET) {
            return -Errno.EINVAL;
        }
        if (length > room.length() - NetHeader.SIZE) {
            return -Errno.EMSGSIZE;
        }
        room.write(0, header, 0, NetHeader.SIZE);
        room.write(NetHeader.SIZE, in, at, length);
        return NetHeader.SIZE + length;
    }

    /** Gets more bytes; returns whether there were any. */
    private boolean read() {
        in.compact();
        long got = socket.read(in);
        in.flip();
        if (got > 0) {
            return true;
        }
        if (got == -Errno.EAGAIN || got == -Errno.EINTR) {
            want(wanted | Epoll.IN);
        } else {
            end(got == 0 ? "the program at the other end has closed it" : Errno.describe((int) -got));
        }
        return false;
    }

    @Override
    public void pauseReceive(int pair) {
        want(wanted & ~Epoll.IN);
    }

    /** There is no way back: where the next frame begins is not known, or nobody is there. */
    private void end(String why) {
        if (!ended) {
            ended = true;
            want(0);
            System.getLogger("dev.jvmm.virtio.net").log(System.Logger.Level.WARNING,
                    "the network stream \"" + path + "\" has ended: " + why);
            host.post(this);
        }
    }

    /** Tells the guest, outside of any call of the device's. */
    @Override
    public void run() {
        listener.link(false);
    }

    @Override
    public void ready(int events) {
        if ((events & (Epoll.OUT | ENDED)) != 0 && (wanted & Epoll.OUT) != 0 && flush()) {
            want(wanted & ~Epoll.OUT);
            if (roomAwaited) {
                roomAwaited = false;
                listener.writable(0);
            }
        }
        if ((events & (Epoll.IN | ENDED)) != 0 && (wanted & Epoll.IN) != 0) {
            listener.readable(0);
        }
    }

    /** What is left of a frame must go all the same, or the other end would take what follows for its rest. */
    @Override
    public void reset() {
        roomAwaited = false;
        want(wanted & ~Epoll.IN);
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        socket.close();
    }
}
