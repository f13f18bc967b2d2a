package dev.jvmm.virtio.block;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.EventLoop;
import dev.jvmm.event.Registration;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.GuestRam;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** The surroundings of an engine: an event loop and a lock. */
final class LoopHost implements VirtioHost, AutoCloseable {
    final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    final EventLoop loop = new EventLoop("disk-test", (who, failure) -> failures.add(failure));
    private final Object lock = new Object();

    private Runnable locked(Runnable task) {
        return () -> {
            synchronized (lock) {
                task.run();
            }
        };
    }

    /** Runs on the loop's thread with the lock held, and returns afterwards. */
    void call(Runnable task) {
        CountDownLatch done = new CountDownLatch(1);
        loop.post(() -> {
            try {
                locked(task).run();
            } finally {
                done.countDown();
            }
        });
        try {
            done.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public GuestRam ram() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void configChanged() {}

    @Override
    public void needsReset(String reason) {
        failures.add(new AssertionError(reason));
    }

    @Override
    public void idle() {}

    @Override
    public void again(int queue) {}

    @Override
    public Watch watch(FileDescriptor descriptor, int events, EventHandler handler) {
        Registration registration = loop.register(descriptor, events,
                ready -> locked(() -> handler.ready(ready)).run());
        return new Watch() {
            @Override
            public void wanted(int wanted) {
                registration.modify(wanted);
            }

            @Override
            public void close() {
                registration.close();
            }
        };
    }

    @Override
    public Timer timer(Runnable task) {
        return loop.timer(locked(task));
    }

    @Override
    public boolean post(Runnable task) {
        return loop.post(locked(task));
    }

    @Override
    public void close() {
        loop.close();
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.peek());
        }
    }
}
