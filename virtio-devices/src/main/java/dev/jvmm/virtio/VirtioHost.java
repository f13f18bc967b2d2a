package dev.jvmm.virtio;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.virtio.queue.GuestRam;
import java.util.Optional;

/**
 * What a device gets from its surroundings. May be called from any thread, unless a method says otherwise; handlers, tasks and timers run
 * on the VM's event loop with the device's lock held, and what they throw is treated as {@link VirtioDevice} says.
 */
public interface VirtioHost {
    /** The guest's RAM. */
    GuestRam ram();

    /** Tells the driver that the {@link ConfigSpace} has changed, if it is listening. With the device's lock held. */
    void configChanged();

    /**
     * The device can not go on until the driver resets it: sets DEVICE_NEEDS_RESET, writes the reason into the log. With the device's
     * lock held.
     */
    void needsReset(String reason);

    /** {@link VirtioDevice#idle} may have become true. With the device's lock held. */
    void idle();

    /** Has {@link VirtioDevice#notified} called again for a queue, after others had their turn. */
    void again(int queue);

    /**
     * Lets the host's kernel hear a queue's kicks and raise its interrupts (vhost). {@link #again} still leads to {@link
     * VirtioDevice#notified}, and kicks the kernel as well. With the device's lock held.
     *
     * @return empty where the machine has no such way
     */
    default Optional<KernelEvents> lend(int queue) {
        return Optional.empty();
    }

    /** The kernel serves the queue no more; the driver is interrupted, for what it may not have heard. With the device's lock held. */
    default void takeBack(int queue) {}

    /**
     * Watches a descriptor, level-triggered. A handler that throws is paused ({@code wanted(0)}) besides what {@link VirtioDevice} says.
     *
     * @param events {@code Epoll.IN} and so on; 0 for nothing yet
     */
    Watch watch(FileDescriptor descriptor, int events, EventHandler handler);

    /** A descriptor that is watched for a device. */
    interface Watch extends AutoCloseable {
        /** Changes what is watched for; 0 is a pause. */
        void wanted(int events);

        /** Ends it. It waits for a handler that runs, and that may wait for the lock: so call it in {@link VirtioDevice#close} only. */
        @Override
        void close();
    }

    /** A timer, not armed. Inside the lock cancel it; close it in {@link VirtioDevice#close} only. */
    Timer timer(Runnable task);

    /**
     * Runs a task on the event loop; for threads of the device's own.
     *
     * @return false when the loop is closed, and the task will not run
     */
    boolean post(Runnable task);

    /**
     * Runs a task here and now, with the device's lock held; for threads of the device's own, which save the way over the event loop. A
     * frozen device's task runs on the event loop when that thaws.
     *
     * @return false when the device is closed, and the task will not run
     */
    default boolean runLocked(Runnable task) {
        return post(task);
    }
}
