package dev.jvmm.virtio.net;

import dev.jvmm.virtio.queue.Virtqueue;
import java.util.List;
import java.util.Optional;

/**
 * Which pairs the host's kernel moves frames for: those that receive, as long as driver, cable and snapshots let it. Guarded by the
 * device's lock.
 */
final class KernelPairs {
    private final NetDevice device;

    /** The driver's, two for each of its pairs. */
    private List<Virtqueue> queues = List.of();

    private int pairs;
    private final boolean[] kernels;

    /** The kernel has refused a pair of this driver's. */
    private boolean refused;

    private boolean suspended;

    KernelPairs(NetDevice device, int most) {
        this.device = device;
        kernels = new boolean[most];
    }

    /** Begins with a new driver's queues. */
    void begin(List<Virtqueue> live, int usable) {
        queues = live;
        pairs = usable;
        refused = false;
    }

    boolean has(int pair) {
        return kernels[pair];
    }

    private boolean wants(int pair) {
        return !suspended && !refused && device.receives(pair) && isFree(queues.get(2 * pair))
                && isFree(queues.get(2 * pair + 1));
    }

    private static boolean isFree(Virtqueue queue) {
        return queue.isLive() && !queue.isStopped();
    }

    /** Takes back what the kernel shall not have any more. */
    void retreat() {
        for (int i = 0; i < pairs; i++) {
            if (kernels[i] && !wants(i)) {
                kernels[i] = false;
                device.backend.kernelPath().orElseThrow().stop(i);
            }
        }
    }

    /** Gives the kernel what it may have. */
    void advance() {
        Optional<KernelPath> path = device.backend.kernelPath();
        for (int i = 0; path.isPresent() && i < pairs; i++) {
            if (!kernels[i] && wants(i)) {
                kernels[i] = path.get().start(i, device.agreed.inForce(), queues.get(2 * i), queues.get(2 * i + 1));
                refused = !kernels[i];
            }
        }
    }

    void suspend(boolean wanted) {
        suspended = wanted;
        retreat();
        advance();
    }

    /** The driver is gone. */
    void reset() {
        suspended = true;
        retreat();
        suspended = false;
        pairs = 0;
    }
}
