package dev.jvmm.virtio.transport;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.Registration;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.virtio.KernelEvents;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.GuestRam;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs what a device registers with the event loop under the device's lock, and keeps it waiting while the device is frozen for a
 * snapshot: then nothing may touch guest memory.
 */
final class GuardedHost implements VirtioHost {
    private final Session session;
    private final Wiring wiring;

    /** What came while the device was frozen; guarded by the session's lock. */
    private final List<GuardedTask> heldTasks = new ArrayList<>();

    private final List<GuardedWatch> heldWatches = new ArrayList<>();

    GuardedHost(Session session, Wiring wiring) {
        this.session = session;
        this.wiring = wiring;
    }

    @Override
    public GuestRam ram() {
        return session.ram();
    }

    @Override
    public void configChanged() {
        session.configChanged();
    }

    @Override
    public void needsReset(String reason) {
        session.needsReset(reason);
    }

    @Override
    public void idle() {
        session.wakeWaiters();
    }

    @Override
    public void again(int queue) {
        session.ring(queue);
    }

    @Override
    public Optional<KernelEvents> lend(int queue) {
        return session.queues().lend(queue, wiring, session.interrupts());
    }

    @Override
    public void takeBack(int queue) {
        session.queues().takeBack(queue, session.interrupts());
    }

    @Override
    public Watch watch(FileDescriptor descriptor, int events, EventHandler handler) {
        GuardedWatch watch = new GuardedWatch(handler);
        watch.registration = wiring.loop().register(descriptor, 0, watch);
        watch.wanted(events);
        return watch;
    }

    @Override
    public Timer timer(Runnable task) {
        return wiring.loop().timer(new GuardedTask(task));
    }

    @Override
    public boolean post(Runnable task) {
        return wiring.loop().post(new GuardedTask(task));
    }

    @Override
    public boolean runLocked(Runnable task) {
        synchronized (session.lock()) {
            if (session.isClosed()) {
                return false;
            }
            if (session.isFrozen()) {
                heldTasks.add(new GuardedTask(task));
            } else {
                session.guard(task);
            }
            return true;
        }
    }

    /** With the lock held: lets run what was held back. */
    void thaw() {
        for (int i = 0; i < heldTasks.size(); i++) {
            wiring.loop().post(heldTasks.get(i));
        }
        heldTasks.clear();
        for (int i = 0; i < heldWatches.size(); i++) {
            GuardedWatch watch = heldWatches.get(i);
            watch.registration.modify(watch.wanted);
        }
        heldWatches.clear();
    }

    private final class GuardedTask implements Runnable {
        private final Runnable task;

        GuardedTask(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            synchronized (session.lock()) {
                if (session.isFrozen()) {
                    heldTasks.add(this);
                } else if (!session.isClosed()) {
                    session.guard(task);
                }
            }
        }
    }

    private final class GuardedWatch implements Watch, EventHandler {
        private final EventHandler handler;

        /** Set before the first event is wanted. */
        private Registration registration;

        private int wanted;

        GuardedWatch(EventHandler handler) {
            this.handler = handler;
        }

        @Override
        public void wanted(int events) {
            synchronized (session.lock()) {
                wanted = events;
                if (!session.isFrozen()) {
                    registration.modify(events);
                } else if (!heldWatches.contains(this)) {
                    registration.modify(0);
                    heldWatches.add(this);
                }
            }
        }

        @Override
        public void ready(int events) {
            synchronized (session.lock()) {
                if (session.isFrozen()) {
                    registration.modify(0);
                    heldWatches.add(this);
                } else if (!session.isClosed() && wanted != 0) {
                    try {
                        handler.ready(events);
                    } catch (RuntimeException | InternalError e) {
                        wanted(0);
                        session.failed(e);
                    }
                }
            }
        }

        @Override
        public void close() {
            registration.close();
        }
    }
}
