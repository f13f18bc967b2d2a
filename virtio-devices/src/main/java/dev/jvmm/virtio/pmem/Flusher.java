package dev.jvmm.virtio.pmem;

import dev.jvmm.linux.FileCalls;
import dev.jvmm.virtio.VirtioHost;

/** A thread that waits for a disk, one flush after the other. It starts with the first and sleeps without waking up between them. */
final class Flusher {
    private static final long END_MILLIS = 2_000;

    private final PmemFile file;
    private final String name;

    /** Guards what follows; held for moments only. */
    private final Object lock = new Object();

    private Thread thread;
    private boolean wanted;
    private boolean ending;

    /** @param name of the thread */
    Flusher(PmemFile file, String name) {
        this.file = file;
        this.name = name;
    }

    /**
     * Has the file flushed; what is written from now on may be left out. Not again before the last one is done.
     *
     * @param done hears of it, where {@code host} posts it
     */
    void flush(VirtioHost host, Done done) {
        synchronized (lock) {
            wanted = true;
            if (thread == null) {
                thread = new Thread(new Work(host, done), name);
                thread.setDaemon(true);
                thread.start();
            }
            lock.notifyAll();
        }
    }

    /** The end of a flush; the same object for each. */
    abstract static class Done implements Runnable {
        /** As {@link PmemFile#flush}: written before this is posted. */
        volatile int result;
    }

    private final class Work implements Runnable {
        private final VirtioHost host;
        private final Done done;
        private final FileCalls calls = new FileCalls();

        Work(VirtioHost host, Done done) {
            this.host = host;
            this.done = done;
        }

        @Override
        public void run() {
            while (take()) {
                done.result = file.flush(calls);
                host.post(done);
            }
        }

        private boolean take() {
            synchronized (lock) {
                while (!wanted && !ending) {
                    try {
                        lock.wait();
                    } catch (InterruptedException e) {
                        // nobody has a reason to; the work goes on
                    }
                }
                boolean taken = wanted;
                wanted = false;
                return taken;
            }
        }
    }

    /** Ends it; waits for a flush that is under way, for some seconds. Returns whether the file is used no more. */
    boolean end() {
        Thread last;
        synchronized (lock) {
            ending = true;
            lock.notifyAll();
            last = thread;
        }
        if (last == null) {
            return true;
        }
        try {
            last.join(END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !last.isAlive();
    }
}
