package dev.jvmm.virtio.net;

import dev.jvmm.event.Timer;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.rate.RateLimit;
import dev.jvmm.virtio.rate.TokenBucket;
import java.util.Arrays;
import java.util.Optional;

/** The limit on one direction, if there is one, and the queues that wait for it. Guarded by the device's lock. */
final class Gate implements Runnable, AutoCloseable {
    /** Null where there is no limit. */
    private final TokenBucket bucket;

    private final Runnable[] queues;
    private final boolean[] waiting;
    private final Timer timer;

    /** The queue whose turn it is when the gate opens: the one behind the last that got something through. */
    private int turn;

    /** @param queues what to run for each pair when it may go on */
    Gate(Optional<RateLimit> limit, VirtioHost host, Runnable[] queues) {
        bucket = limit.isPresent() ? new TokenBucket(limit.get(), System.nanoTime()) : null;
        this.queues = queues;
        waiting = new boolean[queues.length];
        timer = host.timer(this);
    }

    /** Whether a frame may pass; if not, its queue is run when one may. */
    boolean admits(int pair) {
        if (bucket == null) {
            return true;
        }
        long now = System.nanoTime();
        if (bucket.open(now)) {
            return true;
        }
        waiting[pair] = true;
        timer.schedule(bucket.nanosUntilOpen(now));
        return false;
    }

    /** A frame has passed. */
    void passed(long bytes) {
        if (bucket != null) {
            bucket.take(bytes);
        }
    }

    @Override
    public void run() {
        int start = turn;
        for (int i = 0; i < queues.length; i++) {
            int pair = (start + i) % queues.length;
            if (waiting[pair]) {
                waiting[pair] = false;
                queues[pair].run();
                turn = waiting[pair] && i > 0 ? turn : (pair + 1) % queues.length;
            }
        }
    }

    /** Nobody waits any more. */
    void reset() {
        Arrays.fill(waiting, false);
        timer.cancel();
    }

    @Override
    public void close() {
        timer.close();
    }
}
