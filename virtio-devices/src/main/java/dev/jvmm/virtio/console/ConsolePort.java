package dev.jvmm.virtio.console;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.ByteBuffer;

/** One port: what goes in and out of its two queues. Guarded by the device's lock. */
final class ConsolePort {
    /** What is offered to the peer, and taken from it, in one piece. */
    private static final int BLOCK = 4096;

    private static final int BLOCKS = 16;

    final ConsoleConfig.Port config;
    final PortPeer peer;
    private final DescriptorChain receive = new DescriptorChain();
    private final DescriptorChain transmit = new DescriptorChain();
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK);
    private Virtqueue receiveQueue;
    private Virtqueue transmitQueue;

    /** A chain that the peer has not taken all of, and how much it took. */
    private boolean sending;

    private long sent;

    /** Bytes of the first chain that the peer took before the port was saved. */
    private long resume;

    /** The peer took all it was offered, and the chain goes on. */
    private boolean hasMore;

    /** Whether the peer waits for room. */
    private boolean starved;

    /** The driver was told of the port. */
    boolean added;

    /** The driver said that it has the port, and that someone has opened it. */
    boolean ready;

    boolean guestOpen;

    ConsolePort(ConsoleConfig.Port config, PortPeer peer) {
        this.config = config;
        this.peer = peer;
    }

    void activate(Virtqueue in, Virtqueue out) {
        receiveQueue = in;
        transmitQueue = out;
    }

    /** Forgets the driver; tells whether its end was open. */
    boolean reset() {
        boolean wasOpen = guestOpen;
        receiveQueue = null;
        transmitQueue = null;
        sending = false;
        sent = 0;
        resume = 0;
        added = false;
        ready = false;
        guestOpen = false;
        return wasOpen;
    }

    /**
     * Offers the guest's bytes to the peer, as long as it takes all.
     *
     * @return whether there may be more, and others shall have their turn first
     */
    boolean transmit() {
        if (transmitQueue == null || !transmitQueue.isLive()) {
            return false;
        }
        int budget = transmitQueue.size();
        while (budget-- > 0) {
            if (!sending) {
                if (!transmitQueue.next(transmit)) {
                    transmitQueue.flush();
                    return false;
                }
                if (transmit.writableLength() > 0) {
                    throw new VirtioException("a device-writable buffer in a console's transmit queue");
                }
                sending = true;
                sent = Math.min(resume, transmit.readableLength());
                resume = 0;
            }
            if (!offer()) {
                transmitQueue.flush();
                return hasMore;
            }
            sending = false;
            transmitQueue.complete(transmit, 0);
        }
        transmitQueue.flush();
        return true;
    }

    /** Offers one chain; returns whether all of it was taken. A chain of gigabytes takes several turns. */
    private boolean offer() {
        int blocks = BLOCKS;
        hasMore = false;
        while (sent < transmit.readableLength()) {
            if (blocks-- == 0) {
                hasMore = true;
                return false;
            }
            int length = (int) Math.min(BLOCK, transmit.readableLength() - sent);
            transmit.read(sent, block.clear(), 0, length);
            block.limit(length);
            peer.output(block);
            sent += block.position();
            if (block.position() < length) {
                return false;
            }
        }
        return true;
    }

    /**
     * Gives bytes to the guest, as many as it has room for, by moving the position.
     *
     * @return whether there may be more room, and others shall have their turn first: a guest can supply buffers as fast as they are
     *         used, and empty ones at that
     */
    boolean input(ByteBuffer bytes) {
        int budget = receiveQueue == null ? 0 : receiveQueue.size();
        boolean more = budget > 0;
        while (bytes.hasRemaining() && budget > 0 && (more = receiveQueue.next(receive))) {
            budget--;
            if (receive.readableLength() > 0) {
                throw new VirtioException("a device-readable buffer in a console's receive queue");
            }
            int length = (int) Math.min(bytes.remaining(), receive.writableLength());
            receive.write(0, bytes, bytes.position(), length);
            bytes.position(bytes.position() + length);
            receiveQueue.complete(receive, length);
        }
        if (receiveQueue != null) {
            receiveQueue.flush();
        }
        starved = bytes.hasRemaining();
        return starved && more;
    }

    /** The guest has put buffers into the receive queue. */
    void receiveRoom() {
        if (starved) {
            starved = false;
            peer.inputReady();
        }
    }

    void save(StateWriter out) {
        out.bool(added).bool(ready).bool(guestOpen).int64(sending ? sent : resume);
    }

    void restore(StateReader in) {
        boolean told = in.version() > 1 && in.bool();
        ready = in.bool();
        added = told || in.version() == 1 && ready; // version 1 did not say
        guestOpen = in.bool();
        resume = in.int64(0, 0xFFFF_FFFFL);
        starved = true; // the host's end may be new: let it ask
        if (guestOpen) {
            peer.guestOpened(true);
        }
    }
}
