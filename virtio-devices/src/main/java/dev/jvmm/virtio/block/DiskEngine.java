package dev.jvmm.virtio.block;

import dev.jvmm.virtio.VirtioHost;

/**
 * Carries operations out without blocking whoever asks. Guarded by its device's lock, and operations are submitted on the event loop's
 * thread alone; completions come on that thread, with the lock held.
 */
interface DiskEngine extends AutoCloseable {
    /** Hears of completions. */
    interface Listener {
        /** The operation is over: {@link DiskOperation#result} is 0 or the negated errno. May submit others. */
        void completed(DiskOperation operation);

        /** No more completions for now. */
        void settled();
    }

    /** Once, before anything else. */
    void attach(VirtioHost host, Listener listener);

    /** Takes an operation; it begins at the latest with {@link #flush}. */
    void submit(DiskOperation operation);

    /** Begins what was submitted. */
    void flush();

    /** Operations submitted and not completed: memory that they name may still be read and written. */
    int inFlight();

    /**
     * Ends it. Without the lock and not on the event loop's thread; what is in flight is waited for, for some seconds.
     *
     * @return false when something is still in flight: then memory that it names must stay mapped
     */
    boolean end();

    @Override
    default void close() {
        end();
    }
}
