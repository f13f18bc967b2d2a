package dev.jvmm.event;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.SystemCallException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A thread that sleeps in epoll until a descriptor is ready, a timer is due or a task is posted. All methods may be called
 * from any thread, also from handlers and tasks.
 *
 * <p>Making a loop opens nothing and starts nothing: both happen when it gets its first work. The thread is a daemon.
 *
 * <p>In a turn each ready descriptor gets one call, each due timer one, and the tasks that were there when the turn came get
 * theirs; what they add waits for the next turn. So nothing starves as long as every call is short. A handler that throws is
 * unregistered and reported, and everything else goes on.
 */
public final class EventLoop implements AutoCloseable {
    private static final long CLOSE_MILLIS = 5_000;

    private final String name;
    private final FailureListener failures;

    /** Guards everything below; no handler, timer or task runs with it held. */
    private final Object lock = new Object();

    private final SlotTable slots = new SlotTable();
    private final TimerQueue timers = new TimerQueue();
    private ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private Thread thread;
    private Poller poller;
    private boolean closing;
    private boolean sleeping;

    /** When {@link #sleeping} ends by itself, if {@link #timed}. */
    private long sleepEnd;

    private boolean timed;

    /** For the loop's thread alone. */
    private final List<Timer> due = new ArrayList<>();

    private final List<Registration> alwaysReady = new ArrayList<>();
    private ArrayDeque<Runnable> running = new ArrayDeque<>();

    /**
     * A loop without a thread so far.
     *
     * @param name of the thread
     * @param failures hears what handlers and tasks throw
     */
    public EventLoop(String name, FailureListener failures) {
        this.name = name;
        this.failures = failures;
    }

    /**
     * Watches a descriptor. Regular files, which epoll refuses, count as ready all the time. The handler may run before this
     * returns: one that needs its registration is registered for 0 events first.
     *
     * @param events {@code Epoll.IN} and so on, level-triggered; 0 for nothing yet
     * @throws SystemCallException when the kernel refuses, such as {@code EEXIST} for one that is registered already
     * @throws IllegalStateException when the loop is closed
     */
    public Registration register(FileDescriptor descriptor, int events, EventHandler handler) {
        Registration registration = new Registration(this, descriptor, handler);
        synchronized (lock) {
            if (!start()) {
                throw new IllegalStateException("the event loop \"" + name + "\" is closed");
            }
            slots.add(registration);
            try {
                if (registration.watch(poller.epoll(), events)) {
                    wake();
                }
            } catch (SystemCallException e) {
                slots.remove(registration);
                throw e;
            }
        }
        return registration;
    }

    void modify(Registration registration, int events) {
        synchronized (lock) {
            if (slots.holds(registration) && registration.watch(poller.epoll(), events)) {
                wake();
            }
        }
    }

    void remove(Registration registration) {
        synchronized (lock) {
            if (slots.holds(registration)) {
                registration.unwatch(poller.epoll());
                slots.remove(registration);
            }
        }
    }

    /** A timer, not armed. */
    public Timer timer(Runnable task) {
        return new Timer(this, task);
    }

    void arm(Timer timer, long deadline) {
        synchronized (lock) {
            if (!start()) {
                return;
            }
            timers.arm(timer, deadline);
            if (sleeping && (!timed || deadline - sleepEnd < 0)) {
                wake();
            }
        }
    }

    void disarm(Timer timer) {
        synchronized (lock) {
            timers.disarm(timer);
        }
    }

    /**
     * Runs a task on the loop's thread, in the order of posting. The queue has no bound: post what the guest asks for once,
     * not as often as it asks.
     *
     * @return false when the loop is closed, and the task will not run
     */
    public boolean post(Runnable task) {
        synchronized (lock) {
            if (!start()) {
                return false;
            }
            tasks.add(task);
            if (sleeping) {
                wake();
            }
            return true;
        }
    }

    /** Whether the calling thread is the loop's. */
    public boolean inLoop() {
        synchronized (lock) {
            return Thread.currentThread() == thread;
        }
    }

    /** With the lock held: opens what the thread needs and starts it, the first time. Returns false once closed. */
    private boolean start() {
        if (closing) {
            return false;
        }
        if (thread == null) {
            if (poller == null) {
                poller = new Poller();
            }
            Thread started = new LoopThread();
            started.start();
            thread = started;
        }
        return true;
    }

    /** A class and not a method reference: a console's loop starts before the guest. */
    private final class LoopThread extends Thread {
        LoopThread() {
            super(name);
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                while (turn()) {
                    // the next one
                }
            } catch (Throwable t) {
                report(EventLoop.this, t);
            } finally {
                end();
            }
        }
    }

    private void wake() {
        sleeping = false;
        poller.wake();
    }

    /** Sleeps, then gives everyone their turn; returns false when the loop is closed. */
    private boolean turn() {
        int count = poller.await(fallAsleep());
        synchronized (lock) {
            sleeping = false;
        }
        for (int i = 0; i < count; i++) {
            if (!poller.isWakeUp(i)) {
                dispatch(poller.epoll().data(i), poller.epoll().events(i));
            }
        }
        boolean open = collect();
        for (int i = 0; i < alwaysReady.size(); i++) {
            dispatchAlwaysReady(alwaysReady.get(i));
        }
        for (int i = 0; i < due.size(); i++) {
            Timer timer = due.get(i);
            boolean run;
            synchronized (lock) {
                run = timers.take(timer);
            }
            if (run) {
                timer.run();
            }
        }
        while (!running.isEmpty()) {
            run(running.poll());
        }
        return open;
    }

    /** The time to sleep, in milliseconds, rounded up; -1 for ever. */
    private int fallAsleep() {
        synchronized (lock) {
            if (closing || !tasks.isEmpty() || slots.anyAlwaysReady()) {
                return 0;
            }
            sleeping = true;
            timed = !timers.isEmpty();
            if (!timed) {
                return -1;
            }
            long now = System.nanoTime();
            long shortest = timers.shortest(now);
            sleepEnd = now + shortest;
            return TimerQueue.millis(shortest);
        }
    }

    private void dispatch(long key, int events) {
        Registration registration;
        synchronized (lock) {
            registration = slots.find(key);
        }
        if (registration != null) {
            registration.dispatch(events);
        }
    }

    private void dispatchAlwaysReady(Registration registration) {
        int events;
        synchronized (lock) {
            events = slots.holds(registration) ? registration.events & (Epoll.IN | Epoll.OUT) : 0;
        }
        if (events != 0) {
            registration.dispatch(events);
        }
    }

    /** Takes what this turn is to run; returns false when it is the last. */
    private boolean collect() {
        due.clear();
        alwaysReady.clear();
        synchronized (lock) {
            slots.addAlwaysReady(alwaysReady);
            if (!timers.isEmpty()) {
                timers.moveDue(System.nanoTime(), due);
            }
            ArrayDeque<Runnable> empty = running;
            running = tasks;
            tasks = empty;
            return !closing;
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable t) {
            report(task, t);
        }
    }

    void report(Object who, Throwable failure) {
        try {
            failures.failed(who, failure);
        } catch (RuntimeException e) {
            // whoever hears of failures has failed; there is nobody left to tell
        }
    }

    /** The loop's thread leaves; its descriptors go with it, since nobody else waits on them. */
    private void end() {
        synchronized (lock) {
            closing = true;
            slots.clear();
            timers.clear();
            poller.close();
        }
    }

    /** As {@link #close(long)} with 5 seconds. */
    @Override
    public void close() {
        close(CLOSE_MILLIS);
    }

    /**
     * Ends the loop: tasks posted before are still run, everything registered is forgotten. On the loop's own thread it only
     * asks for the end, which comes after this turn.
     *
     * @param millis the longest wait for a handler that is running
     * @return whether the thread has ended; false is reported to the failure listener, too
     */
    public boolean close(long millis) {
        Thread worker;
        synchronized (lock) {
            worker = thread;
            if (!closing && worker != null) {
                poller.wake();
            }
            closing = true;
        }
        if (worker == null || worker == Thread.currentThread()) {
            return worker == null;
        }
        try {
            worker.join(Math.max(1, millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (worker.isAlive()) {
            report(this,
                    new IllegalStateException("the event loop \"" + name + "\" is still busy after " + millis + " ms"));
            return false;
        }
        return true;
    }
}
