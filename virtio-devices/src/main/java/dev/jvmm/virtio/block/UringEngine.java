package dev.jvmm.virtio.block;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.EventFd;
import dev.jvmm.linux.FileCalls;
import dev.jvmm.linux.IoUring;
import dev.jvmm.virtio.VirtioHost;
import java.util.Arrays;

/**
 * io_uring: the kernel moves data between the disk and the guest's memory, and an eventfd wakes the event loop when that has not been
 * done by the time that it was asked for. What io_uring does not
 * do well (discards, what direct I/O can not take) goes to a thread, and so does what the kernel is too short of memory to take.
 */
final class UringEngine implements DiskEngine, EventHandler {
    private static final int ENTRIES = 128;
    private static final int MOST_RETRIES = 8;
    private static final int FIRST = 16;
    private static final long RETRY_NANOS = 10_000_000;
    private static final long END_MILLIS = 2_000;

    private final DiskFile disk;
    private final IoUring ring;

    /** Watched for its edges: nobody has to read it. */
    private final EventFd completions;

    private final WorkerEngine others;
    private final FileCalls calls = new FileCalls();
    private DiskOperation[] operations = new DiskOperation[FIRST];

    /** Written by the event loop's thread, with the device's lock held. */
    private volatile int inRing;

    private final Object drained = new Object();
    private volatile boolean ending;

    /** The event loop's, which alone may enter the ring; null before it was there. */
    private Thread owner;

    private boolean flushing;
    private Listener listener;
    private VirtioHost.Watch watch;
    private Timer retry;

    /** @throws dev.jvmm.linux.IoUringUnavailableException when the host has none that will do */
    UringEngine(DiskFile disk, String name) {
        this.disk = disk;
        ring = IoUring.create(ENTRIES);
        completions = EventFd.create();
        ring.notify(completions);
        others = new WorkerEngine(disk, name, 1);
    }

    @Override
    public void attach(VirtioHost host, Listener hearer) {
        listener = hearer;
        others.attach(host, hearer);
        watch = host.watch(completions, Epoll.IN | Epoll.EDGE, this);
        retry = host.timer(new Retry());
    }

    @Override
    public void submit(DiskOperation operation) {
        switch (operation.kind) {
            case READ, WRITE -> {
                if (operation.left > 0 && !disk.shrunk() && operation.fits(disk)) {
                    begin(operation);
                } else {
                    others.submit(operation);
                }
            }
            case FLUSH -> begin(operation);
            case DISCARD, ZERO, ZERO_UNMAP -> others.submit(operation);
        }
    }

    private void begin(DiskOperation operation) {
        if (!prepare(operation)) {
            if (Thread.currentThread() == owner) {
                submit();
            }
            if (!prepare(operation)) {
                others.submit(operation);
                return;
            }
        }
        if (operation.id >= operations.length) {
            operations = Arrays.copyOf(operations, Math.max(2 * operations.length, operation.id + 1));
        }
        operations[operation.id] = operation;
        inRing = inRing + 1;
    }

    private boolean prepare(DiskOperation operation) {
        int fd = disk.number();
        long offset = operation.offset;
        int id = operation.id;
        int flags = operation.durable ? FileCalls.RWF_DSYNC : 0;
        boolean one = operation.vectorsLeft() == 1;
        return switch (operation.kind) {
            case READ -> one
                    ? ring.read(fd, operation.vectorStart(operation.first), (int) operation.left, offset, id)
                    : ring.readv(fd, operation.vectorsAddress(), operation.vectorsLeft(), offset, id);
            case WRITE -> one
                    ? ring.write(fd, operation.vectorStart(operation.first), (int) operation.left, offset, flags, id)
                    : ring.writev(fd, operation.vectorsAddress(), operation.vectorsLeft(), offset, flags, id);
            default -> ring.fdatasync(fd, id);
        };
    }

    /** Most reads and writes of what the host has in its cache complete right here. */
    @Override
    public void flush() {
        if (flushing || ring.prepared() == 0) {
            return;
        }
        if (Thread.currentThread() == owner) {
            work();
        } else {
            completions.signal();
        }
    }

    private void work() {
        flushing = true;
        ring.mute(true);
        int reaped = 0;
        try {
            submit();
            while (ring.reap()) {
                reaped++;
                DiskOperation operation = operations[(int) ring.id()];
                inRing = inRing - 1;
                completed(operation, ring.result());
            }
            if (ring.prepared() > 0) {
                submit(); // the rest of what was done in part
            }
        } finally {
            flushing = false;
            ring.mute(false);
            if (ring.hasCompletions()) {
                completions.signal(); // another turn, after others had theirs
            }
        }
        if (reaped > 0) {
            listener.settled();
        }
        if (ending && inRing == 0) {
            synchronized (drained) {
                drained.notifyAll();
            }
        }
    }

    private void submit() {
        int submitted = ring.flush();
        while (submitted > 0 && ring.prepared() > 0) {
            submitted = ring.flush();
        }
        if (ring.prepared() > 0) {
            retry.schedule(RETRY_NANOS); // the kernel is short of memory, and perhaps no completion will come to remind us
        }
    }

    private final class Retry implements Runnable {
        @Override
        public void run() {
            flush();
        }
    }

    @Override
    public int inFlight() {
        return inRing + others.inFlight();
    }

    @Override
    public void ready(int events) {
        owner = Thread.currentThread();
        work();
    }

    private void completed(DiskOperation operation, int result) {
        if (operation.kind == DiskOperation.Kind.FLUSH) {
            finish(operation, result == 0 ? DiskRunner.checkSize(calls, disk) : result);
        } else if (result > 0) {
            operation.advance(result);
            if (operation.left > 0) {
                submit(operation);
            } else {
                finish(operation, 0);
            }
        } else if (result == 0) {
            if (operation.kind == DiskOperation.Kind.READ) {
                disk.endedAt(operation.offset);
            }
            finish(operation, -Errno.EIO);
        } else if ((result == -Errno.EINTR || result == -Errno.EAGAIN) && operation.retries++ < MOST_RETRIES) {
            submit(operation);
        } else if (result == -Errno.EAGAIN || result == -Errno.EINVAL || result == -Errno.EOPNOTSUPP) {
            others.submit(operation); // blocking calls get by; so does what is less aligned than the host said
        } else {
            finish(operation, result);
        }
    }

    private void finish(DiskOperation operation, int result) {
        operation.result = result;
        listener.completed(operation);
    }

    @Override
    public boolean end() {
        ending = true;
        boolean ended = others.end();
        ended &= drained();
        if (watch != null) {
            watch.close();
            retry.close();
        }
        if (ended) {
            ring.close();
            completions.close();
        }
        return ended;
    }

    /** Waits for the event loop to reap the last completion. */
    private boolean drained() {
        long deadline = System.nanoTime() + END_MILLIS * 1_000_000;
        synchronized (drained) {
            while (inRing > 0) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                try {
                    drained.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }
}
