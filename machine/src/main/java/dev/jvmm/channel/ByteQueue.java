package dev.jvmm.channel;

/**
 * A bounded queue of bytes between threads: the writer waits while it is full, the reader while it is empty. Closing lets both
 * go: writes are dropped from then on, reads still get what is left.
 */
public final class ByteQueue {
    private final byte[] ring;
    private int start;
    private int size;
    private boolean closed;

    /** A queue of so many bytes at most. */
    public ByteQueue(int capacity) {
        ring = new byte[capacity];
    }

    /** Appends all bytes, waiting as often as needed; drops them when closed. An interrupt closes the queue. */
    public synchronized void put(byte[] bytes) {
        int done = 0;
        while (done < bytes.length) {
            while (size == ring.length && !closed) {
                pause();
            }
            if (closed) {
                return;
            }
            int at = (start + size) % ring.length;
            int count = Math.min(bytes.length - done, Math.min(ring.length - size, ring.length - at));
            System.arraycopy(bytes, done, ring, at, count);
            done += count;
            size += count;
            if (size == count) {
                notifyAll();
            }
        }
    }

    /** Waits for bytes and takes what there is. Returns their number, or -1 when closed and empty. */
    public synchronized int take(byte[] into) {
        while (size == 0 && !closed) {
            pause();
        }
        if (size == 0) {
            return -1;
        }
        int count = Math.min(size, into.length);
        int straight = Math.min(count, ring.length - start);
        System.arraycopy(ring, start, into, 0, straight);
        System.arraycopy(ring, 0, into, straight, count - straight);
        boolean full = size == ring.length;
        start = (start + count) % ring.length;
        size -= count;
        if (full) {
            notifyAll();
        }
        return count;
    }

    /** Ends the queue. */
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Whether it has been closed. */
    public synchronized boolean isClosed() {
        return closed;
    }

    private void pause() {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
        }
    }
}
