package dev.jvmm.virtio.net;

import dev.jvmm.virtio.queue.Virtqueue;

/**
 * Frames for the driver of one pair, from the backend straight into the driver's buffers. Guarded by the device's lock.
 *
 * <p>The driver hears of frames after a burst, or in it whenever so many bytes have come that it may as well begin with them. Where it
 * has no buffers the backend is told to rest, and nothing happens until the driver has some.
 */
final class ReceiveQueue implements Runnable, AutoCloseable {
    /** Frames, and their bytes, before others have their turn. */
    private static final int TURN_FRAMES = 128;

    private static final int TURN_BYTES = 1 << 20;

    /** Bytes of which the driver hears in the middle of a burst. */
    private static final int MANY = 1 << 16;

    private final NetDevice device;
    private final int pair;
    private final ReceiveBuffers buffers;
    private Virtqueue queue;

    /** The backend has no frame, and will say when it has. */
    private boolean watching;

    /** The backend was told to rest. */
    private boolean paused;

    /** Of a turn. */
    private int frames;

    private long bytes;
    private int dropped;
    private int filtered;

    ReceiveQueue(NetDevice device, int pair, ReceiveBuffers buffers) {
        this.device = device;
        this.pair = pair;
        this.buffers = buffers;
    }

    void begin(Virtqueue live, boolean mergeable) {
        queue = live;
        watching = false;
        paused = false;
        buffers.begin(mergeable);
    }

    void reset() {
        queue = null;
        buffers.clear();
    }

    /** The driver has added buffers, or it is time to go on; the latter alone matters while there is nothing to receive. */
    void notified() {
        if (queue.isStopped()) {
            pause();
            buffers.giveBack(queue);
        } else if (!watching) {
            run();
        }
    }

    /** Has the backend rest until the queue is run again. */
    void pause() {
        watching = false;
        if (!paused) {
            paused = true;
            device.backend.pauseReceive(pair);
        }
    }

    @Override
    public void run() {
        if (queue == null || !queue.isLive() || queue.isStopped() || !device.receives(pair)) {
            pause();
            return;
        }
        watching = false;
        frames = 0;
        bytes = 0;
        dropped = 0;
        filtered = 0;
        boolean more = false;
        try {
            more = receive();
        } finally {
            device.counters.received(frames, bytes, dropped, filtered);
            queue.flush();
        }
        if (more) {
            device.again(2 * pair);
        }
    }

    /** Receives until there is nothing more, or no room, or the turn is over: returns whether it is that. */
    private boolean receive() {
        if (buffers.isWaiting() && !settle()) {
            pause();
            return false;
        }
        long told = 0;
        for (int taken = 0; taken < TURN_FRAMES && bytes < TURN_BYTES; taken++) {
            if (!device.receiveGate.admits(pair) || !buffers.fill(queue)) {
                pause();
                return false;
            }
            paused = false;
            int length = device.backend.receive(pair, buffers);
            if (length == 0) {
                watching = true;
                return false;
            }
            if (length > 0 && !deliver(length)) {
                pause();
                return false;
            }
            dropped += length < 0 ? 1 : 0;
            if (bytes - told >= MANY) {
                told = bytes;
                queue.flush();
            }
        }
        return true;
    }

    /** Gives the driver a frame, if it is wanted; returns false when it has to wait for buffers. */
    private boolean deliver(int length) {
        if (length < NetHeader.SIZE + NetHeader.ETHERNET || !buffers.fits(length)) {
            dropped++;
            return true;
        }
        long head = buffers.int64(0);
        int verdict = device.rules.onReceiving(head);
        if (verdict == HeaderRules.DROP || isTooLong(head, length)) {
            dropped++;
            return true;
        }
        if (!device.filter.wantsAll() && !device.filter.wants(buffers.int64(NetHeader.SIZE), tag())) {
            filtered++;
            return true;
        }
        if (verdict == HeaderRules.CLEAR_FLAGS) {
            buffers.clearFlags();
        }
        device.receiveGate.passed(length - NetHeader.SIZE);
        if (!buffers.deliver(queue, length)) {
            return settle();
        }
        delivered(length);
        return true;
    }

    /** Four bytes behind the addresses: a VLAN tag, or anything else. */
    private int tag() {
        return (int) buffers.int64(NetHeader.SIZE + 2 * MacAddress.SIZE);
    }

    /** 5.1.4.1: no frame beyond the MTU, unless it is one to be cut. */
    private boolean isTooLong(long head, int length) {
        int most = device.mostFrame;
        return length - NetHeader.SIZE > most && (head >>> Byte.SIZE * NetHeader.GSO_TYPE & 0xFF) == NetHeader.GSO_NONE
                && (length - NetHeader.SIZE > most + NetHeader.VLAN_TAG || !ReceiveFilter.isTagged(tag()));
    }

    /** Goes on with a frame that waits for buffers; returns false when it still does. One that can never have enough is dropped. */
    private boolean settle() {
        int length = buffers.waiting();
        if (buffers.finish(queue)) {
            delivered(length);
            return true;
        }
        if (buffers.giveUp(queue)) {
            dropped++;
            return true;
        }
        return false;
    }

    private void delivered(int length) {
        frames++;
        bytes += length - NetHeader.SIZE;
    }

    @Override
    public void close() {
        buffers.close();
    }
}
