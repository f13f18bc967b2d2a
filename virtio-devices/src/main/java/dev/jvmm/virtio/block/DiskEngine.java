package dev.jvmm.virtio.block;

import dev.jvmm.linux.IoUringUnavailableException;
import dev.jvmm.virtio.VirtioHost;

/**
 * Carries operations out without blocking whoever asks. Guarded by its device's lock, and operations are submitted on the event loop's
 * thread alone; completions come on that thread, with the lock held.
 */
interface DiskEngine extends AutoCloseable {
    /** The most threads of one disk. */
    int MOST_THREADS = 4;

    /**
     * The engine that a configuration asks for.
     *
     * @param name of the disk, for threads
     * @throws DiskException when the host does not have it
     */
    static DiskEngine of(String name, DiskConfig options, DiskFile disk) {
        if (options.engine() != DiskConfig.Engine.THREADS) {
            try {
                return new UringEngine(disk, name);
            } catch (IoUringUnavailableException e) {
                if (options.engine() == DiskConfig.Engine.IO_URING) {
                    throw new DiskException("disk \"" + options.path() + "\": " + e.getMessage()
                            + "; without the engine io_uring it works, with threads");
                }
            }
        }
        return new WorkerEngine(disk, name, Math.min(MOST_THREADS, 2 * options.queues()));
    }

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
