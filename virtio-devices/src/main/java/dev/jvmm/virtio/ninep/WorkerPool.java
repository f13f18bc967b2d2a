package dev.jvmm.virtio.ninep;

/**
 * Threads for work that blocks. They start when there is work for them, sleep without waking up when there is none, and end with the
 * pool. Work begins in the order in which it came.
 */
final class WorkerPool {
    private static final long END_MILLIS = 2_000;

    /** Something to do: in one pool at a time, and again when it is done. */
    abstract static class Work {
        /** For lists of whoever owns it. */
        Work next;

        /** Does it, on a thread of the pool. What it throws ends that thread. */
        abstract void work();
    }

    private final String name;
    private final Thread[] threads;

    /** Guards the fields that follow; held for moments only. */
    private final Object lock = new Object();

    private Work first;
    private Work last;
    private int queued;

    /** Threads that wait, those among them that have been woken included: each of these takes one piece of work. */
    private int idle;
    private int started;
    private boolean ending;

    /**
     * Starts nothing yet.
     *
     * @param name of the threads: {@code share0} has {@code share0-io0}, ...
     * @param most threads
     */
    WorkerPool(String name, int most) {
        this.name = name;
        threads = new Thread[most];
    }

    /**
     * Takes a list of work, in its order.
     *
     * @param count of the list from {@code head} to {@code tail}, above 0
     */
    void submit(Work head, Work tail, int count) {
        synchronized (lock) {
            if (first == null) {
                first = head;
            } else {
                last.next = head;
            }
            last = tail;
            int wake = Math.min(count, Math.max(0, idle - queued));
            int more = Math.min(count - wake, threads.length - started);
            queued += count;
            for (int i = 0; i < wake; i++) {
                lock.notify();
            }
            for (int i = 0; i < more && !ending; i++) {
                Worker worker = new Worker(name + "-io" + started);
                threads[started++] = worker;
                worker.start();
            }
        }
    }

    /** Takes back what has not begun; returns the list. */
    Work drain() {
        synchronized (lock) {
            Work all = first;
            first = null;
            last = null;
            queued = 0;
            return all;
        }
    }

    /** Takes back one piece of work if it has not begun; returns whether it did. */
    boolean remove(Work wanted) {
        synchronized (lock) {
            Work before = null;
            for (Work work = first; work != null; work = work.next) {
                if (work == wanted) {
                    unlink(before, work);
                    return true;
                }
                before = work;
            }
            return false;
        }
    }

    private void unlink(Work before, Work work) {
        if (before == null) {
            first = work.next;
        } else {
            before.next = work.next;
        }
        if (last == work) {
            last = before;
        }
        work.next = null;
        queued--;
    }

    private final class Worker extends Thread {
        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        @Override
        public void run() {
            for (Work work = take(); work != null; work = take()) {
                work.work();
            }
        }
    }

    /** The next piece of work; null at the end. */
    private Work take() {
        synchronized (lock) {
            while (first == null && !ending) {
                idle++;
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // nobody has a reason to; the work goes on
                }
                idle--;
            }
            Work work = first;
            if (work != null) {
                unlink(null, work);
            }
            return work;
        }
    }

    /**
     * Ends the threads, when all that was submitted is done. Not on one of them.
     *
     * @return false when some are still at work after a while
     */
    boolean end() {
        synchronized (lock) {
            ending = true;
            lock.notifyAll();
        }
        long deadline = System.nanoTime() + END_MILLIS * 1_000_000;
        boolean ended = true;
        for (Thread thread : threads) {
            ended &= thread == null || joined(thread, Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
        }
        return ended;
    }

    private static boolean joined(Thread thread, long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
