package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Vhost;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.net.KernelPath;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.vhost.VhostQueues;
import java.util.List;

/**
 * vhost-net: a thread of the kernel's for each pair moves frames between its queues and the TAP's. Meanwhile nothing is watched for on the
 * TAP, so nobody hears when it is removed: a watch would wake this process for each frame. Guarded by the device's lock, but for {@link
 * #close}.
 */
final class VhostPath implements KernelPath, AutoCloseable {
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final int RINGS = 2;

    private final List<Vhost> kernels;
    private final TapQueue[] taps;

    /** Of each pair; empty before the backend is attached. */
    private VhostQueues[] queues = {};

    private VirtioHost host;

    /** @param kernels one for each pair, owned from now on */
    VhostPath(List<Vhost> kernels, TapQueue[] taps) {
        this.kernels = kernels;
        this.taps = taps;
    }

    void attach(VirtioHost surroundings) {
        host = surroundings;
        queues = new VhostQueues[taps.length];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new VhostQueues(kernels.get(i), host, RINGS);
        }
    }

    @Override
    public boolean start(int pair, long features, Virtqueue receive, Virtqueue transmit) {
        VhostQueues mine = queues[pair];
        try {
            mine.begin(features, NetFeature.MRG_RXBUF);
            if (mine.lend(RECEIVE, receive) && mine.lend(TRANSMIT, transmit)) {
                taps[pair].want(0);
                int tap = taps[pair].tap.number();
                kernels.get(pair).netBackend(RECEIVE, tap);
                kernels.get(pair).netBackend(TRANSMIT, tap);
                host.again(receive.index());
                host.again(transmit.index());
                return true;
            }
        } catch (SystemCallException e) {
            System.getLogger("dev.jvmm.virtio.net").log(System.Logger.Level.WARNING,
                    "the kernel does not take over a network's frames, jvmm goes on with them: " + e.getMessage());
        }
        stop(pair);
        return false;
    }

    @Override
    public void stop(int pair) {
        for (int ring = 0; ring < RINGS; ring++) {
            if (queues[pair].isLent(ring)) {
                kernels.get(pair).netBackend(ring, Vhost.VHOST_FILE_UNBIND);
            }
        }
        for (int ring = 0; ring < RINGS; ring++) {
            queues[pair].takeBack(ring);
        }
    }

    @Override
    public void close() {
        for (VhostQueues pair : queues) {
            pair.close();
        }
        for (Vhost kernel : kernels) {
            kernel.close();
        }
    }
}
