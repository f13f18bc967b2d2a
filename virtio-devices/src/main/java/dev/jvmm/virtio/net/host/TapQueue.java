package dev.jvmm.virtio.net.host;

import dev.jvmm.event.EventHandler;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.VirtioHost;

/** A queue of a {@link TapBackend}, and what is watched for on it. */
final class TapQueue implements EventHandler {
    final Tap tap;
    final int pair;

    /** Null before the backend is attached. */
    VirtioHost.Watch watch;

    /** What is watched for: a change costs a system call. */
    int wanted;

    /** Whether the kernel gives it frames. */
    boolean used = true;

    private final TapBackend backend;

    TapQueue(TapBackend backend, Tap tap, int pair) {
        this.backend = backend;
        this.tap = tap;
        this.pair = pair;
    }

    void want(int events) {
        if (events != wanted) {
            wanted = events;
            watch.wanted(events);
        }
    }

    @Override
    public void ready(int events) {
        backend.ready(this, events);
    }
}
