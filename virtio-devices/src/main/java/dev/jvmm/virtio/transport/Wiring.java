package dev.jvmm.virtio.transport;

import dev.jvmm.event.EventLoop;
import java.util.OptionalInt;

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

    /** An eventfd whose signal is as {@link #interrupt}, for the host's kernel; empty where there is none. */
    default OptionalInt interruptEvent() {
        return OptionalInt.empty();
    }

    /** Takes everything back; no interrupt can follow. The doorbells are closed already. */
    @Override
    void close();

    /** A queue's kick. */
    interface Doorbell extends AutoCloseable {
        /** As if the driver had notified: {@code kicked} runs soon. Any thread. */
        void ring();

        /**
         * Has the kernel hear the driver's notifications in place of {@code kicked}, which only {@link #ring} leads to until {@link
         * #takeBack}; that then rings for the kernel as well. Guarded by the device's lock, as is what follows.
         *
         * @return the number of the eventfd; empty where there is none, and nothing has changed
         */
        default OptionalInt lend() {
            return OptionalInt.empty();
        }

        /** The driver's notifications lead to {@code kicked} again, and so does one that nobody has heard. */
        default void takeBack() {}

        /** Ends it: afterwards {@code kicked} does not run. Waits for one that runs, so not with the device's lock held. */
        @Override
        void close();
    }
}
