package dev.jvmm.virtio;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.Registration;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.virtio.queue.GuestRam;

/**
 * What a device gets from its surroundings. May be called from any thread, unless a method says otherwise; handlers, tasks and timers run on
 * the VM's event loop with the device's lock held, and what they throw is treated as {@link VirtioDevice} says.
 */
public interface VirtioHost {
    /** The guest's RAM. */
    GuestRam ram();

    /** Tells the driver that the {@link ConfigSpace} has changed, if it is listening. With the device's lock held. */
    void configChanged();

    /** The device can not go on until the driver resets it: sets DEVICE_NEEDS_RESET, writes the reason into the log. With the device's lock held. */
    void needsReset(String reason);

    /** {@link VirtioDevice#idle} may have become true. With the device's lock held. */
    void idle();

    /** Has {@link VirtioDevice#notified} called again for a queue, after others had their turn. */
    void again(int queue);

    /**
     * Watches a descriptor of the host's, as {@link dev.jvmm.event.EventLoop#register}. Close the registration in {@link VirtioDevice#close};
     * inside the lock only change its events, since closing waits for a handler that may wait for the lock.
     */
    Registration watch(FileDescriptor descriptor, int events, EventHandler handler);

    /** A timer, not armed; inside the lock cancel it instead of closing it. */
    Timer timer(Runnable task);

    /**
     * Runs a task on the event loop; for threads of the device's own.
     *
     * @return false when the loop is closed, and the task will not run
     */
    boolean post(Runnable task);
}
