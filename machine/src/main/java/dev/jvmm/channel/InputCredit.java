package dev.jvmm.channel;

/** How many bytes of input the guest has room for. Thread-safe. */
final class InputCredit {
    private static final int MOST = 16384;

    private int left = MOST;
    private boolean closed;

    /** Waits for room. Returns the number of bytes, or 0 when nothing can be sent any more. */
    synchronized int await() throws InterruptedException {
        while (left == 0 && !closed) {
            wait();
        }
        return closed ? 0 : left;
    }

    /** So many bytes are on their way; no more than {@link #await} said. */
    synchronized void take(int bytes) {
        left -= bytes;
    }

    /** The guest has taken so many bytes. */
    synchronized void give(long bytes) {
        if (bytes > MOST - left) {
            throw new ChannelException("the guest credited more input than it was sent");
        }
        left += (int) bytes;
        notifyAll();
    }

    /** Nothing will be sent any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
