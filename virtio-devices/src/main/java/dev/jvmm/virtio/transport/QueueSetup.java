package dev.jvmm.virtio.transport;

import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.queue.UsedListener;
import dev.jvmm.virtio.queue.Virtqueue;

/** A queue's registers. Once the queue is ready they are frozen: what the driver writes changes nothing. Guarded by the device's lock. */
final class QueueSetup {
    private final int index;

    /** The largest size that the device allows. */
    final int most;

    int size;
    long descriptors;
    long available;
    long used;
    private boolean ready;
    private Virtqueue queue;

    QueueSetup(int index, int most, GuestRam ram) {
        this.index = index;
        this.most = most;
        clear(ram);
    }

    /** The queue over these registers; not live unless ready. */
    Virtqueue queue() {
        return queue;
    }

    /** As the driver reads it: a queue that was stopped counts as ready until nothing of it is in flight. */
    boolean isReady(GuestRam ram) {
        if (ready && queue.isStopped() && queue.inFlight() == 0 && !queue.isLent()) {
            retire(ram);
        }
        return ready;
    }

    boolean isFrozen() {
        return ready;
    }

    /**
     * Freezes and checks size and addresses.
     *
     * @throws dev.jvmm.virtio.queue.VirtioException when no queue can lie there
     */
    void makeReady(GuestRam ram, Negotiation features, UsedListener listener) {
        QueueLayout layout = new QueueLayout(size, descriptors, available, used);
        queue = new Virtqueue(index, ram, layout, most, features.has(VirtioFeature.EVENT_IDX),
                features.has(VirtioFeature.INDIRECT_DESC), listener);
        ready = true;
    }

    /** Ready no more. */
    void retire(GuestRam ram) {
        queue.retire();
        queue = new Virtqueue(index, ram);
        ready = false;
    }

    /** As after a reset. */
    void clear(GuestRam ram) {
        if (queue != null) {
            queue.retire();
        }
        queue = new Virtqueue(index, ram);
        ready = false;
        size = 0;
        descriptors = 0;
        available = 0;
        used = 0;
    }
}
