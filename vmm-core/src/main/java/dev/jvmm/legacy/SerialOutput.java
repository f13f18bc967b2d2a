package dev.jvmm.legacy;

import java.nio.ByteBuffer;

/**
 * Bytes on their way from the guest to the peer: a ring that several vCPU threads fill and one thread at a time empties.
 *
 * <p>Promises: bytes reach the peer in the order of {@link #put}; none is lost while writers may wait. The ring's own
 * monitor is never held during a call to the peer, so neither a slow peer nor one that calls back can lock up a device or
 * a stop. A writer that waits for room is set free by {@link #mayWait}.
 */
final class SerialOutput {
    /** Beyond this the transmitter reports that it is busy, until no more than the low mark is left. */
    static final int HIGH_MARK = 8 << 10;

    static final int LOW_MARK = 4 << 10;

    /** A writer waits here. What lies beyond is for writers that may not wait: what a last exit still had to say. */
    static final int FULL_MARK = 24 << 10;

    static final int CAPACITY = 32 << 10;

    private final SerialPeer peer;
    private final RoomListener listener;
    private final ByteBuffer ring = ByteBuffer.allocateDirect(CAPACITY);

    /** What the peer sees of the ring; used by the one thread that has set {@link #flushing}. */
    private final ByteBuffer window = ring.duplicate();

    private int head;
    private int count;
    private boolean flushing;
    private boolean again;
    private boolean waitAllowed = true;
    private long lost;

    /** Hears that the peer took bytes; no monitor is held. */
    interface RoomListener {
        void outputTaken();
    }

    SerialOutput(SerialPeer peer, RoomListener listener) {
        this.peer = peer;
        this.listener = listener;
    }

    /** Bytes that wait. */
    synchronized int count() {
        return count;
    }

    /** Bytes that found no room while writers were not allowed to wait. */
    synchronized long lost() {
        return lost;
    }

    /**
     * Appends a byte; waits for room when there is none and waiting is allowed.
     *
     * @return how many bytes wait now
     */
    int put(byte value) {
        boolean patient = true;
        while (true) {
            synchronized (this) {
                boolean wait = patient && waitAllowed;
                if (count < (wait ? FULL_MARK : CAPACITY)) {
                    ring.put(head + count & CAPACITY - 1, value);
                    return ++count;
                }
                if (!wait) {
                    lost++;
                    return count;
                }
            }
            flush();
            patient = awaitRoom();
        }
    }

    /** Returns false when the thread is told to end instead. */
    private synchronized boolean awaitRoom() {
        try {
            while (count >= FULL_MARK && waitAllowed) {
                wait();
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether writers may wait for a peer that takes nothing; false lets those that wait go on at once. */
    synchronized void mayWait(boolean allowed) {
        waitAllowed = allowed;
        notifyAll();
    }

    /**
     * Hands the peer what there is, until all is gone or it leaves bytes. While another thread is at it, that one is told to
     * look again and this one returns.
     */
    void flush() {
        synchronized (this) {
            if (flushing) {
                again = true;
                return;
            }
            flushing = true;
        }
        boolean more = true;
        while (more) {
            int offered = expose();
            boolean done = false;
            try {
                if (offered > 0) {
                    peer.output(window);
                }
                done = true;
            } finally {
                int taken = done ? offered - window.remaining() : offered;
                more = consume(offered, taken, done);
            }
            if (offered > 0) {
                listener.outputTaken();
            }
        }
    }

    /** Sets the window to the oldest bytes that lie side by side. */
    private synchronized int expose() {
        again = false;
        int length = Math.min(count, CAPACITY - head);
        window.limit(head + length).position(head);
        return length;
    }

    /** Gives room back; says whether to go on, and ends the flush if not. */
    private synchronized boolean consume(int offered, int taken, boolean mayGoOn) {
        head = head + taken & CAPACITY - 1;
        count -= taken;
        notifyAll();
        boolean more = mayGoOn && (again || count > 0 && taken == offered);
        if (!more) {
            flushing = false;
        }
        return more;
    }

    /**
     * The bytes that wait, for a snapshot: the peer of this UART gets them, and so does the peer of each that is restored from it.
     * Waits for a thread that is handing some over right now, since those count as taken.
     *
     * @throws IllegalStateException when the calling thread is interrupted meanwhile
     */
    synchronized byte[] waiting() {
        try {
            while (flushing) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a serial port's output was handed over", e);
        }
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = ring.get(head + i & CAPACITY - 1);
        }
        return bytes;
    }

    /** Takes such bytes, at most {@link #CAPACITY}, as if they had just been put. */
    synchronized void restore(byte[] bytes) {
        ring.put(0, bytes);
        head = 0;
        count = bytes.length;
    }

    /**
     * Flushes until the peer has everything.
     *
     * @param millis the longest wait for a peer that leaves bytes; 0 does not wait
     * @return the bytes that are left
     */
    int drain(long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        flush();
        synchronized (this) {
            long left = deadline - System.nanoTime();
            while (count > 0 && left > 0) {
                try {
                    wait(left / 1_000_000 + 1);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return count;
                }
                left = deadline - System.nanoTime();
            }
            return count;
        }
    }
}
