package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.Tap;
import dev.jvmm.linux.Vhost;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.net.KernelPath;
import dev.jvmm.virtio.net.NetBackend;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.net.NetHeader;
import dev.jvmm.virtio.net.NetListener;
import dev.jvmm.virtio.net.ReceiveRoom;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A TAP or macvtap: the kernel moves frames between its network stack and guest memory, one call each way per frame. It does in software
 * what the guest's driver did not take over.
 */
final class TapBackend implements NetBackend, Runnable {
    /** What every TAP can do for a guest, and a guest for it. */
    private static final long ALWAYS = NetFeature.CSUM | NetFeature.HOST_TSO4 | NetFeature.HOST_TSO6
            | NetFeature.HOST_ECN | NetFeature.GUEST_CSUM | NetFeature.GUEST_TSO4 | NetFeature.GUEST_TSO6
            | NetFeature.GUEST_ECN;

    private static final long GUEST_USO = NetFeature.GUEST_USO4 | NetFeature.GUEST_USO6;
    private static final int TSO = Tap.TUN_F_CSUM | Tap.TUN_F_TSO4 | Tap.TUN_F_TSO6 | Tap.TUN_F_TSO_ECN;

    /** The kernel knows them together or not at all. */
    private static final int USO = Tap.TUN_F_USO4 | Tap.TUN_F_USO6;

    /** The most iovecs that writev(2) takes. */
    private static final int MOST_VECTORS = 1024;

    private final TapQueue[] queues;
    private final boolean several;
    private final Undo undo;
    private final long features;
    private final ByteBuffer vectors = NativeBuffers.allocate(MOST_VECTORS * DescriptorChain.IOVEC_SIZE);
    private final long vectorsAddress = NativeBuffers.address(vectors);

    /** For chains of more pieces than that; made when the first comes. */
    private ByteBuffer bounce = NativeBuffers.allocate(0);

    /** Null where the kernel does not move frames by itself. */
    private VhostPath vhost;

    private VirtioHost host;
    private NetListener listener;
    private boolean gone;

    /**
     * Takes over the queues of one device, all of them in use and non-blocking.
     *
     * @param several whether the device was made for several queues, even if there is but one
     * @param undo what else is to be done at the end
     */
    TapBackend(List<Tap> taps, boolean several, Undo undo) {
        this.several = several;
        this.undo = undo;
        queues = new TapQueue[taps.size()];
        for (int i = 0; i < queues.length; i++) {
            Tap tap = taps.get(i);
            tap.header(NetHeader.SIZE);
            queues[i] = new TapQueue(this, tap, i);
        }
        boolean uso = offload(TSO | USO) == 0;
        features = ALWAYS | (uso ? GUEST_USO | NetFeature.HOST_USO : 0);
        use(0, 1);
    }

    private long offload(int bits) {
        return queues[0].tap.offload(bits);
    }

    /** Has the kernel move frames by itself, before the backend is attached. */
    void use(List<Vhost> kernels) {
        vhost = new VhostPath(kernels, queues);
    }

    @Override
    public Optional<KernelPath> kernelPath() {
        return Optional.ofNullable(vhost);
    }

    @Override
    public long features() {
        return features;
    }

    @Override
    public int pairs() {
        return queues.length;
    }

    @Override
    public void attach(VirtioHost surroundings, NetListener hearer) {
        host = surroundings;
        listener = hearer;
        for (TapQueue queue : queues) {
            queue.watch = host.watch(queue.tap, 0, queue);
        }
        if (vhost != null) {
            vhost.attach(host);
        }
    }

    @Override
    public void configure(long negotiated, int pairs) {
        use(offloads(negotiated), pairs);
    }

    /** What a guest that negotiated this takes. */
    private static int offloads(long negotiated) {
        if ((negotiated & NetFeature.GUEST_CSUM) == 0) {
            return 0;
        }
        int bits = Tap.TUN_F_CSUM;
        bits |= (negotiated & NetFeature.GUEST_TSO4) != 0 ? Tap.TUN_F_TSO4 : 0;
        bits |= (negotiated & NetFeature.GUEST_TSO6) != 0 ? Tap.TUN_F_TSO6 : 0;
        boolean tso = bits != Tap.TUN_F_CSUM;
        bits |= tso && (negotiated & NetFeature.GUEST_ECN) != 0 ? Tap.TUN_F_TSO_ECN : 0;
        return bits | ((negotiated & GUEST_USO) == GUEST_USO ? USO : 0);
    }

    /** Has the kernel spread frames over the first so many queues. */
    private void use(int offloads, int pairs) {
        for (TapQueue queue : queues) {
            boolean wanted = queue.pair < pairs;
            if (!wanted) {
                queue.want(0);
            }
            if (several && wanted != queue.used && queue.tap.use(wanted) == 0) {
                queue.used = wanted;
            }
        }
        if (!gone && offload(offloads) == -Errno.EBADFD) {
            lost();
        }
    }

    @Override
    public int send(int pair, DescriptorChain frame) {
        TapQueue queue = queues[pair];
        long length = frame.readableLength();
        int count;
        if (frame.readablePieces() <= MOST_VECTORS) {
            count = frame.readableVectors(0, length, vectors);
        } else {
            count = copy(frame, (int) Math.min(length, NetHeader.MOST));
        }
        long sent = queue.tap.writev(vectorsAddress, count);
        if (sent >= 0) {
            return (int) sent;
        }
        if (sent == -Errno.EAGAIN) {
            queue.want(queue.wanted | Epoll.OUT);
        } else if (sent == -Errno.EBADFD) {
            lost();
        }
        return (int) sent;
    }

    private int copy(DescriptorChain frame, int length) {
        if (bounce.capacity() == 0) {
            bounce = NativeBuffers.allocate(NetHeader.MOST);
        }
        frame.read(0, bounce, 0, length);
        vectors.putLong(0, NativeBuffers.address(bounce)).putLong(Long.BYTES, length);
        return 1;
    }

    @Override
    public int receive(int pair, ReceiveRoom room) {
        TapQueue queue = queues[pair];
        long got = queue.tap.readv(room.vectorAddress(), room.vectorCount());
        if (got > 0) {
            return got < room.length() ? (int) got : -Errno.EMSGSIZE; // the kernel cuts what is longer
        }
        if (got == 0 || got == -Errno.EAGAIN) {
            queue.want(queue.wanted | Epoll.IN);
            return 0;
        }
        if (got == -Errno.EBADFD || got == -Errno.EBADF) {
            lost();
            return 0;
        }
        return (int) got;
    }

    @Override
    public void pauseReceive(int pair) {
        queues[pair].want(queues[pair].wanted & ~Epoll.IN);
    }

    /** The device was removed while we had it. */
    private void lost() {
        if (!gone) {
            gone = true;
            for (TapQueue queue : queues) {
                queue.want(0);
            }
            if (host != null) {
                host.post(this);
            }
        }
    }

    /** Tells the guest, outside of any call of the device's. */
    @Override
    public void run() {
        listener.link(false);
    }

    /** On the event loop: something is the matter with a queue. */
    void ready(TapQueue queue, int events) {
        if ((events & (Epoll.ERR | Epoll.HUP)) != 0) { // tun_chr_poll: the device goes, or is gone
            if (queue.wanted != 0) {
                lost();
            }
            return;
        }
        if ((events & Epoll.OUT) != 0) {
            queue.want(queue.wanted & ~Epoll.OUT);
            listener.writable(queue.pair);
        }
        if ((events & Epoll.IN) != 0) {
            listener.readable(queue.pair);
        }
    }

    @Override
    public void reset() {
        for (TapQueue queue : queues) {
            queue.want(0);
        }
        use(0, 1);
    }

    @Override
    public void close() {
        if (vhost != null) {
            vhost.close();
        }
        for (TapQueue queue : queues) {
            if (queue.watch != null) {
                queue.watch.close();
            }
            queue.tap.close();
        }
        undo.close();
    }
}
