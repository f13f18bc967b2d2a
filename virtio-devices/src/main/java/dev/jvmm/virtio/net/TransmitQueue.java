package dev.jvmm.virtio.net;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.Virtqueue;

/**
 * The driver's frames of one pair, on their way to the backend. Guarded by the device's lock.
 *
 * <p>A turn that has sent something does not ask the driver to notify of the next frame but looks again in the loop's next turn: a driver
 * that sends one frame after the other then notifies of the first alone.
 */
final class TransmitQueue implements Runnable {
    /** Frames, and their bytes, before others have their turn. */
    private static final int TURN_FRAMES = 128;

    private static final int TURN_BYTES = 1 << 20;

    private final NetDevice device;
    private final int pair;
    private final DescriptorChain chain = new DescriptorChain();
    private Virtqueue queue;

    /** The chain is a frame that could not be sent yet. */
    private boolean held;

    /** The backend has no room and will say when it has; and the pair that it has been asked for. */
    private boolean blocked;

    private int target;

    /** Of a turn. */
    private int frames;

    private long bytes;
    private int dropped;

    TransmitQueue(NetDevice device, int pair) {
        this.device = device;
        this.pair = pair;
    }

    void begin(Virtqueue live) {
        queue = live;
    }

    void reset() {
        queue = null;
        held = false;
        blocked = false;
        chain.abandon();
    }

    /** The backend may have room, for whatever it was asked before. */
    void retry() {
        if (blocked) {
            blocked = false;
            device.again(2 * pair + 1);
        }
    }

    /** The backend has room in a pair. */
    void writable(int writablePair) {
        if (blocked && target == writablePair) {
            blocked = false;
            run();
        }
    }

    /** The driver has frames to send, or wants its queue back. */
    void notified() {
        if (held && queue.isStopped()) {
            held = false;
            blocked = false;
            queue.completeAndFlush(chain, 0);
        }
        run();
    }

    @Override
    public void run() {
        if (queue == null || blocked) {
            return;
        }
        frames = 0;
        bytes = 0;
        dropped = 0;
        boolean more = false;
        try {
            more = transmit();
        } finally {
            device.counters.sent(frames, bytes, dropped);
            queue.flush();
        }
        if (more) {
            device.again(2 * pair + 1);
        }
    }

    /** Sends until nothing can be sent, or the turn is over: returns whether it is that. */
    private boolean transmit() {
        for (int taken = 0; taken < TURN_FRAMES && bytes < TURN_BYTES; taken++) {
            if (!held) {
                if (taken > 0 && !queue.hasNext()) {
                    return true;
                }
                held = queue.next(chain);
                if (!held) {
                    return false;
                }
            }
            if (!device.rules.allowsSending(chain) || !device.isLinked()) {
                dropped++;
            } else if (!device.transmitGate.admits(pair) || !send()) {
                return false;
            }
            held = false;
            queue.complete(chain, 0);
        }
        return true;
    }

    /**
     * Sends a frame, or loses it; returns false when the backend has no room. Frames of a pair that is not in use, which the driver
     * should not have sent, go with those of the first.
     */
    private boolean send() {
        target = pair < device.pairs ? pair : 0;
        int sent = device.backend.send(target, chain);
        if (sent == -Errno.EAGAIN) {
            blocked = true;
            return false;
        }
        long length = chain.readableLength() - NetHeader.SIZE;
        device.transmitGate.passed(length);
        if (sent < 0) {
            dropped++;
        } else {
            frames++;
            bytes += length;
        }
        return true;
    }
}
