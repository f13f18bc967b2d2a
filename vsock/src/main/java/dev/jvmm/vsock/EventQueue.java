package dev.jvmm.vsock;

import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;

/**
 * Tells the driver that its connections are gone: after a restore. Until it says that it has heard, by another buffer for events, it is
 * sent nothing: it might take a new connection for an old one and drop it. Guarded by the device's lock.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.10.6.7
 */
final class EventQueue {
    /** Descriptors; Linux has eight buffers. A power of two. */
    static final int SIZE = 16;

    private static final int EVENT = 4;
    private static final byte[] TRANSPORT_RESET = { 0, 0, 0, 0 };

    private final DescriptorChain[] chains = new DescriptorChain[SIZE];
    private int first;
    private int count;
    private Virtqueue queue;

    /** The event is to be sent, or was sent and not heard of. */
    private boolean pending;

    private boolean sent;

    /** Begins with a driver, which has to be told or not. */
    void begin(Virtqueue live, boolean tell) {
        clear();
        queue = live;
        pending = tell && live.isLive();
        sent = false;
    }

    void reset() {
        clear();
        queue = null;
        pending = false;
    }

    private void clear() {
        for (int i = 0; i < count; i++) {
            chains[first + i & SIZE - 1].abandon();
        }
        count = 0;
        first = 0;
    }

    /** Whether the driver has not heard yet. */
    boolean isPending() {
        return pending;
    }

    /** The driver has given buffers, or wants its queue back. */
    void notified() {
        if (queue.isStopped()) {
            while (count > 0) {
                give(0);
            }
            queue.flush();
            pending = false;
            return;
        }
        if (take() && sent) {
            pending = false;
        }
        if (pending && !sent && count > 0) {
            sent = true;
            chains[first].write(0, TRANSPORT_RESET, 0, EVENT);
            give(EVENT);
            queue.flush();
        }
    }

    private void give(int written) {
        queue.complete(chains[first], written);
        first = first + 1 & SIZE - 1;
        count--;
    }

    /** Takes all buffers there are, so that the driver notifies of the next; returns whether there was one. */
    private boolean take() {
        boolean any = false;
        while (count < SIZE) {
            int at = first + count & SIZE - 1;
            if (chains[at] == null) {
                chains[at] = new DescriptorChain();
            }
            if (!queue.next(chains[at])) {
                return any;
            }
            if (chains[at].readableLength() > 0 || chains[at].writableLength() < EVENT) {
                throw new VirtioException("an event buffer of a vsock device with " + chains[at].readableLength()
                        + " readable and " + chains[at].writableLength() + " writable bytes");
            }
            count++;
            any = true;
        }
        return any;
    }
}
