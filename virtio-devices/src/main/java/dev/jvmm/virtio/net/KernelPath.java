package dev.jvmm.virtio.net;

import dev.jvmm.virtio.queue.Virtqueue;

/**
 * A way for frames past this process: the host's kernel moves them between a pair's queues and what is behind the backend. What it moves is
 * not seen here, so neither limited, nor filtered, nor counted. With the device's lock held.
 */
public interface KernelPath {
    /**
     * Has the kernel work on a pair's queues. The backend rests for this pair until {@link #stop}.
     *
     * @param features what was negotiated
     * @return false when it can not, and the queues are as before
     */
    boolean start(int pair, long features, Virtqueue receive, Virtqueue transmit);

    /** Takes a pair's queues back: when this returns, the kernel does not touch them any more. */
    void stop(int pair);
}
