package dev.jvmm.channel;

import dev.jvmm.machine.SerialGuest;
import java.nio.ByteBuffer;

/**
 * A guest's output on its way from vCPU threads, which never wait here, to one reader, which does.
 *
 * <p>Waking a thread costs more than the byte that it is woken for. So the reader, once awake, lets bytes gather for
 * {@link #GATHER_MILLIS} and then takes all there are, in the port's buffer as in this one: it is woken once a millisecond at
 * most, not once a byte. What does not fit here stays in the port, which holds the guest back.
 */
public final class GuestOutput {
    private static final int CAPACITY = 1 << 16;
    private static final long GATHER_MILLIS = 1;

    /** Waits of a millisecond for another thread that hands over the last bytes. */
    private static final int LAST_ROUNDS = 1000;

    private static final SerialGuest NOBODY = new SerialGuest() {
        @Override
        public int toGuest(byte[] bytes, int offset, int length) {
            return 0;
        }
    };

    private final byte[] ring = new byte[CAPACITY];
    private final boolean prompt;
    private SerialGuest guest = NOBODY;
    private int start;
    private int size;

    /** The reader sleeps until it is told of something. */
    private boolean idle;

    /** The port holds bytes. */
    private boolean pending;

    /** Since the reader's last look the guest has said all that it had to say. */
    private boolean complete;

    private boolean ended;
    private boolean closed;

    /**
     * Starts empty.
     *
     * @param prompt to hand over at the end of a message or transmission at once, for who waits for an answer
     */
    public GuestOutput(boolean prompt) {
        this.prompt = prompt;
    }

    /** Where the bytes come from. */
    public synchronized void connect(SerialGuest port) {
        guest = port;
    }

    /** {@link dev.jvmm.machine.SerialHost#fromGuest}. */
    public synchronized void fromGuest(ByteBuffer bytes) {
        if (closed) {
            bytes.position(bytes.limit());
            return;
        }
        int count = Math.min(bytes.remaining(), CAPACITY - size);
        int at = (start + size) % CAPACITY;
        int straight = Math.min(count, CAPACITY - at);
        bytes.get(ring, at, straight).get(ring, 0, count - straight);
        size += count;
        pending |= bytes.hasRemaining();
        if (idle || size >= CAPACITY / 2) {
            notifyAll();
        }
    }

    /** {@link dev.jvmm.machine.SerialHost#outputPending}. */
    public synchronized void pending() {
        pending = true;
        if (idle) {
            notifyAll();
        }
    }

    /** {@link dev.jvmm.machine.SerialHost#outputComplete}. */
    public synchronized void complete() {
        if (prompt && size > 0) {
            complete = true;
            notifyAll();
        }
    }

    /** Nothing will come but what the port still holds. */
    public synchronized void end() {
        ended = true;
        notifyAll();
    }

    /**
     * Waits for bytes and takes some. For one thread; its interruption ends the output.
     *
     * @return how many, or -1 after {@link #end} when all have been taken
     */
    public int take(byte[] into) {
        for (int round = 0;; round++) {
            SerialGuest port;
            boolean last;
            synchronized (this) {
                if (closed) {
                    return -1;
                }
                await(round > 0);
                port = guest;
                last = ended;
            }
            // Without the monitor: it comes back by fromGuest, here or on a thread that is at it already.
            int held = port.flush();
            synchronized (this) {
                if (size > 0) {
                    return copy(into);
                }
                if (last && (held == 0 || round == LAST_ROUNDS)) {
                    closed = true;
                    return -1;
                }
            }
        }
    }

    private void await(boolean again) {
        if (ended) {
            if (again && size == 0) {
                pause(1);
            }
        } else if (size == 0) {
            idle = true;
            while (size == 0 && !pending && !ended) {
                pause(0);
            }
            idle = false;
            gather();
        }
        pending = false;
        complete = false;
    }

    private void gather() {
        long deadline = System.nanoTime() + GATHER_MILLIS * 1_000_000;
        while (!ended && !complete && size < CAPACITY / 2 && System.nanoTime() < deadline) {
            pause(GATHER_MILLIS);
        }
    }

    private int copy(byte[] into) {
        int count = Math.min(size, into.length);
        int straight = Math.min(count, CAPACITY - start);
        System.arraycopy(ring, start, into, 0, straight);
        System.arraycopy(ring, 0, into, straight, count - straight);
        start = (start + count) % CAPACITY;
        size -= count;
        return count;
    }

    private void pause(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended = true;
        }
    }
}
