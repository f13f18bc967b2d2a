package dev.jvmm.virtio.block;

import dev.jvmm.event.EventHandler;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.EventFd;
import dev.jvmm.virtio.VirtioHost;

/**
 * Threads that carry operations out with blocking calls. They start when there is work for them and sleep without waking up when there
 * is none. Completions are handed over in batches, of which an eventfd tells the event loop.
 */
final class WorkerEngine implements DiskEngine, EventHandler {
    private static final long END_MILLIS = 2_000;

    private final DiskFile disk;
    private final String name;
    private final Thread[] threads;

    /** Guards the lists and flags that follow; held for moments only. */
    private final Object lock = new Object();

    private DiskOperation waitingFirst;
    private DiskOperation waitingLast;
    private DiskOperation doneFirst;
    private DiskOperation doneLast;
    private int queued;

    /** Threads that wait, those among them that have been woken included: each of these takes one operation. */
    private int idle;
    private boolean handing;
    private boolean ending;

    /** What the event loop's thread knows; guarded by the device's lock. */
    private int started;

    private volatile int inFlight;
    private Listener listener;
    private VirtioHost.Watch watch;

    /** Watched for its edges: nobody has to read it. */
    private final EventFd completions = EventFd.create();

    /**
     * Starts nothing yet.
     *
     * @param name of the threads
     * @param most threads
     */
    WorkerEngine(DiskFile disk, String name, int most) {
        this.disk = disk;
        this.name = name;
        threads = new Thread[most];
    }

    @Override
    public void attach(VirtioHost surroundings, Listener hearer) {
        listener = hearer;
        watch = surroundings.watch(completions, Epoll.IN | Epoll.EDGE, this);
    }

    @Override
    public void submit(DiskOperation operation) {
        inFlight = inFlight + 1;
        operation.next = null;
        boolean more;
        synchronized (lock) {
            if (waitingLast == null) {
                waitingFirst = operation;
            } else {
                waitingLast.next = operation;
            }
            waitingLast = operation;
            more = ++queued > idle && started < threads.length;
            if (!more) {
                lock.notify();
            }
        }
        if (more) {
            threads[started] = new Worker(name + "-io" + started);
            threads[started++].start();
        }
    }

    @Override
    public void flush() {}

    @Override
    public int inFlight() {
        return inFlight;
    }

    private final class Worker extends Thread {
        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        @Override
        public void run() {
            try (DiskRunner runner = new DiskRunner(disk)) {
                for (DiskOperation operation = take(); operation != null; operation = take()) {
                    operation.result = run(runner, operation);
                    done(operation);
                }
            }
        }

        private static int run(DiskRunner runner, DiskOperation operation) {
            try {
                return runner.run(operation);
            } catch (RuntimeException | InternalError e) {
                System.getLogger("dev.jvmm.virtio.block").log(System.Logger.Level.ERROR, "a request of a disk failed",
                        e);
                return -Errno.EIO;
            }
        }
    }

    /** The next operation; null at the end. */
    private DiskOperation take() {
        synchronized (lock) {
            while (waitingFirst == null && !ending) {
                idle++;
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // nobody has a reason to; the work goes on
                }
                idle--;
            }
            DiskOperation operation = waitingFirst;
            if (operation != null) {
                queued--;
                waitingFirst = operation.next;
                waitingLast = waitingFirst == null ? null : waitingLast;
                operation.next = null;
            }
            return operation;
        }
    }

    private void done(DiskOperation operation) {
        boolean hand;
        synchronized (lock) {
            if (doneLast == null) {
                doneFirst = operation;
            } else {
                doneLast.next = operation;
            }
            doneLast = operation;
            hand = !handing;
            handing = true;
        }
        if (hand) {
            completions.signal();
        }
    }

    /** Takes what is done, on the event loop and with the device's lock held. */
    @Override
    public void ready(int events) {
        DiskOperation operation;
        synchronized (lock) {
            operation = doneFirst;
            doneFirst = null;
            doneLast = null;
            handing = false;
        }
        while (operation != null) {
            DiskOperation following = operation.next;
            operation.next = null;
            inFlight = inFlight - 1;
            listener.completed(operation);
            operation = following;
        }
        listener.settled();
        if (inFlight == 0) {
            synchronized (lock) {
                if (ending) {
                    lock.notifyAll();
                }
            }
        }
    }

    @Override
    public boolean end() {
        synchronized (lock) {
            ending = true;
            lock.notifyAll();
        }
        long deadline = System.nanoTime() + END_MILLIS * 1_000_000;
        boolean ended = true;
        for (Thread thread : threads) {
            ended &= thread == null || joined(thread, millisUntil(deadline));
        }
        ended &= handedOver(deadline);
        if (watch != null) {
            watch.close();
        }
        if (ended) {
            completions.close();
        }
        return ended;
    }

    private static long millisUntil(long deadline) {
        return Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
    }

    private static boolean joined(Thread thread, long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    /** Waits for the event loop to take the last completion. */
    private boolean handedOver(long deadline) {
        synchronized (lock) {
            while (inFlight > 0 && System.nanoTime() - deadline < 0) {
                try {
                    lock.wait(millisUntil(deadline));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return inFlight == 0;
        }
    }
}
