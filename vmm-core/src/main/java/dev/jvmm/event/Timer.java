package dev.jvmm.event;

/**
 * A task at a time, on the loop's thread: never early, late by a millisecond or by what the loop is busy with. Any thread.
 * Not armed when made; {@link #schedule} arms it for one run.
 */
public final class Timer implements AutoCloseable {
    private final EventLoop loop;
    private final Runnable task;

    /** {@link System#nanoTime} at which to run, and whether; guarded by the loop's lock. */
    long deadline;

    boolean armed;

    /** Its time has come and its turn has not; guarded by the loop's lock. */
    boolean due;

    private boolean closed;

    Timer(EventLoop loop, Runnable task) {
        this.loop = loop;
        this.task = task;
    }

    /** Arms the timer, in place of an earlier time that has not come. Does nothing once closed. */
    public void schedule(long delayNanos) {
        loop.arm(this, System.nanoTime() + Math.max(0, delayNanos));
    }

    /** Takes an armed time back; a run that has begun goes on. */
    public void cancel() {
        loop.disarm(this);
    }

    /** Ends it. As {@link Registration#close}: afterwards the task neither runs nor will run. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        loop.disarm(this);
    }

    synchronized void run() {
        if (!closed) {
            try {
                task.run();
            } catch (Throwable t) {
                loop.report(task, t);
            }
        }
    }
}
