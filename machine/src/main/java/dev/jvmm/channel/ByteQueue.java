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

    /** Appends a byte, when there is room; drops it when closed. An interrupt closes the queue. */
    public synchronized void put(byte value) {
        while (size == ring.length && !closed) {
            pause();
        }
        if (!closed) {
            ring[(start + size) % ring.length] = value;
            size++;
            if (size == 1) {
                notifyAll();
            }
        }
    }

    /** Appends all bytes, waiting as often as needed. */
    public void put(byte[] bytes) {
        for (byte value : bytes) {
            put(value);
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
        for (int i = 0; i < count; i++) {
            into[i] = ring[(start + i) % ring.length];
        }
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
