package dev.jvmm.vsock;

import dev.jvmm.virtio.queue.Virtqueue;

/**
 * Packets for the driver. Where it has no buffers nothing happens until it has: what waits in sockets stays there. Guarded by the device's
 * lock.
 */
final class ReceiveQueue implements Runnable {
    /** Packets or bursts before others have their turn. */
    private static final int TURNS = 64;

    /** Of which the driver hears in the middle of a turn: it may as well begin with them. */
    private static final int MANY = 4;

    private final VsockDevice device;
    private final Board board;
    private final GuestBuffers buffers = new GuestBuffers();
    private Virtqueue queue;

    ReceiveQueue(VsockDevice device, Board board) {
        this.device = device;
        this.board = board;
    }

    void begin(Virtqueue live, long guestCid) {
        queue = live;
        buffers.begin(live, guestCid);
    }

    void reset() {
        queue = null;
        buffers.clear();
    }

    /** The driver has added buffers, or wants its queue back. */
    void notified() {
        if (queue.isStopped()) {
            buffers.giveBack();
        } else {
            run();
        }
    }

    @Override
    public void run() {
        if (queue == null || !queue.isLive() || queue.isStopped() || device.awaitsReset()) {
            return;
        }
        boolean full = board.isFull();
        int turns = 0;
        try {
            while (turns < TURNS && board.hasMore() && buffers.any()) {
                board.toGuest(buffers);
                if (++turns % MANY == 0) {
                    queue.flush();
                }
            }
        } finally {
            queue.flush();
        }
        if (full && !board.isFull()) {
            device.again(VsockDevice.TRANSMIT);
        }
        if (turns == TURNS && board.hasMore()) {
            device.again(VsockDevice.RECEIVE);
        }
    }
}
