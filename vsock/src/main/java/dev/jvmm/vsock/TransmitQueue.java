package dev.jvmm.vsock;

import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.Virtqueue;

/**
 * Packets of the driver's. Each is done with when it has been looked at: what its connection can not pass on at once is kept, within the
 * credit that the guest has, so no connection holds up another. Guarded by the device's lock.
 *
 * <p>A turn that has taken something does not ask the driver to notify of the next packet but looks again in the loop's next turn: a driver
 * that sends one after the other then notifies of the first alone.
 */
final class TransmitQueue {
    /** Packets, and their bytes, before others have their turn. */
    private static final int TURN_PACKETS = 128;

    private static final int TURN_BYTES = 1 << 20;

    private final VsockDevice device;
    private final Board board;
    private final DescriptorChain chain = new DescriptorChain();
    private final Packet packet = new Packet();
    private Virtqueue queue;
    private long guest;

    TransmitQueue(VsockDevice device, Board board) {
        this.device = device;
        this.board = board;
    }

    void begin(Virtqueue live, long guestCid) {
        queue = live;
        guest = guestCid;
    }

    void reset() {
        queue = null;
        chain.abandon();
    }

    void run() {
        if (queue == null || !queue.isLive()) {
            return;
        }
        boolean more = false;
        try {
            more = take();
        } finally {
            queue.flush();
        }
        if (more) {
            device.again(VsockDevice.TRANSMIT);
        }
    }

    /** Takes until there is nothing more, or the turn is over: returns whether to look again. */
    private boolean take() {
        long bytes = 0;
        for (int taken = 0; taken < TURN_PACKETS && bytes < TURN_BYTES; taken++) {
            if (board.isFull()) {
                return false; // the receive queue asks for another turn
            }
            if (taken > 0 && !queue.hasNext()) {
                return true;
            }
            if (!queue.next(chain)) {
                return false;
            }
            packet.read(chain);
            board.fromGuest(packet, chain, guest);
            bytes += chain.readableLength();
            queue.complete(chain, 0);
        }
        return true;
    }
}
