package dev.jvmm.virtio.transport;

import dev.jvmm.event.EventLoop;

/** What connects a transport to its machine: kicks towards the device, interrupts towards the driver. Tests bring their own. Any thread. */
public interface Wiring extends AutoCloseable {
    /** The loop on which the device works. */
    EventLoop loop();

    /**
     * Lets the driver's notifications of a queue lead to {@code kicked}, on the loop's thread. Called once for a queue, when the device
     * is first activated with it.
     */
    Doorbell doorbell(int queue, Runnable kicked);

    /** An edge of the device's interrupt. */
    void interrupt();

    /** Takes everything back; no interrupt can follow. The doorbells are closed already. */
    @Override
    void close();

    /** A queue's kick. */
    interface Doorbell extends AutoCloseable {
        /** As if the driver had notified: {@code kicked} runs soon. Any thread. */
        void ring();

        /** Ends it: afterwards {@code kicked} does not run. Waits for one that runs, so not with the device's lock held. */
        @Override
        void close();
    }
}
