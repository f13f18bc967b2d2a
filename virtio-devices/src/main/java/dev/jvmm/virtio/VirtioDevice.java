package dev.jvmm.virtio;

import dev.jvmm.state.Stateful;
import dev.jvmm.virtio.queue.Virtqueue;
import java.util.List;

/**
 * A kind of virtio device, without its transport. Status, feature negotiation, queue registers, kicks and interrupts are the transport's
 * business.
 *
 * <p><b>Threads.</b> Every method is called with the device's lock held, and so is everything that was registered with its {@link
 * VirtioHost}: no two threads are ever in a device. Which thread it is differs: the VM's event loop for {@link #notified} and for the
 * host's events; a vCPU's for {@link #activate}, {@link #reset} and {@link #configWritten}, so a guest's CPU stands still meanwhile. No
 * method may block: work that can goes to the kernel (io_uring) or to a thread of the device's own, which comes back through {@link
 * VirtioHost#post}.
 *
 * <p><b>Lies.</b> A {@link dev.jvmm.virtio.queue.VirtioException} that leaves a method here says that the driver broke a rule: the device
 * gets DEVICE_NEEDS_RESET, the log a line with the message. Any other exception is a bug of ours: the same, with a stack trace.
 *
 * <p><b>Life.</b> {@link #attach} once; then any number of {@link #activate} ... {@link #reset}; at the end {@link #close}. A device is
 * restored ({@link Stateful#restore}) after {@code attach} and, if its driver was running, before one {@code activate}.
 */
public interface VirtioDevice extends Stateful, AutoCloseable {
    /** The device ID (virtio 1.2, 5): 1 net, 2 block, 3 console, 4 entropy, 5 balloon, ... */
    int type();

    /** For the log: "block vda". */
    String name();

    /** The feature bits of this kind of device, among {@link VirtioFeature#DEVICE_BITS}; the same at all times. */
    long features();

    /** Whether the device can work with this subset of its features, which has no bit that was not offered (2.2.2). */
    default boolean accepts(long features) {
        return true;
    }

    /** The number of queues; the same at all times. */
    int queues();

    /** The largest size of a queue: a power of two up to 32768. */
    int queueSize(int queue);

    /** The configuration space; the same object at all times. */
    ConfigSpace config();

    /** Memory that the device shares with the guest besides RAM (2.10). */
    default List<SharedMemory> sharedMemory() {
        return List.of();
    }

    /** Gets to know its surroundings. Once, before anything else. */
    void attach(VirtioHost host);

    /**
     * The driver is ready (DRIVER_OK). Chains may be waiting already: each queue gets a {@link #notified} right after this.
     *
     * @param features what was negotiated
     * @param queues one for each; those that the driver did not make ready are not {@linkplain Virtqueue#isLive live}
     */
    void activate(long features, List<Virtqueue> queues);

    /**
     * There may be chains in a queue. Takes them with {@link Virtqueue#next} until that says no, or until it has done a bounded share:
     * then it asks for another turn with {@link VirtioHost#again}. Called for nothing at times, and when the driver takes a queue back
     * ({@link Virtqueue#isStopped}): chains that the device keeps for later go back then. Never between a reset and the next
     * activation.
     */
    void notified(int queue);

    /**
     * The driver wrote to the configuration space, which has not changed: the device changes it if the field is the driver's.
     *
     * @param offset all of the access lies inside the space
     * @param size 1, 2, 4 or 8 bytes
     * @param value little-endian, zero above {@code size}
     */
    default void configWritten(int offset, int size, long value) {}

    /**
     * Back to where it was after {@link #attach}. The queues are retired already, so completions that come later vanish. Cancels what it
     * can and does not wait: see {@link #idle}. Also called on devices that were not active.
     */
    void reset();

    /**
     * Whether nobody works on guest memory for this device. One that answers no calls {@link VirtioHost#idle} when that has changed;
     * resets and snapshots wait for it.
     */
    default boolean idle() {
        return true;
    }

    /**
     * Whoever works on the device's queues in its place, such as the host's kernel, ends now and does not begin again before {@link
     * #resume}: for a snapshot, or because the driver has to reset the device. Also called on devices that are not active, and more than
     * once; {@link #reset} ends it.
     */
    default void suspend() {}

    /** The end of {@link #suspend}; whether a queue can be worked on is to be seen from its {@link Virtqueue#lend}. */
    default void resume() {}

    /** Frees what the device holds of the host. Once, after a reset; the lock is <em>not</em> held, so registrations can be closed. */
    @Override
    default void close() {}
}
