package dev.jvmm.virtio.net;

/**
 * What a backend tells its device, on the event loop with the device's lock held: from handlers, timers and tasks that were registered
 * with {@link dev.jvmm.virtio.VirtioHost}, never from inside a call of the device's.
 */
public interface NetListener {
    /**
     * There may be frames for the guest again, after {@link NetBackend#receive} found none. More often does no harm; the device calls
     * {@code receive} from inside.
     */
    void readable(int pair);

    /** There is room for the guest's frames again, after {@link NetBackend#send} answered {@code -EAGAIN}. */
    void writable(int pair);

    /** The host's end of the cable was put in or pulled out; it counts as put in until this says otherwise. */
    void link(boolean up);
}
