package dev.jvmm.event;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.SystemCallException;

/**
 * A descriptor that the loop watches. Any thread. Close it before the descriptor itself.
 *
 * <p>After {@link #close} returned, the handler neither runs nor will run; called from another thread it waits for a handler
 * that is running, so the caller must not hold what the handler waits for.
 */
public final class Registration implements AutoCloseable {
    final FileDescriptor descriptor;
    final EventHandler handler;

    /** Where the loop keeps it; guarded by the loop's lock, as are the events and whether epoll watches. */
    int slot;

    int generation;
    int events;

    /** epoll refuses regular files: they are always ready. */
    boolean alwaysReady;

    private boolean watched;

    private final EventLoop loop;
    private boolean closed;

    Registration(EventLoop loop, FileDescriptor descriptor, EventHandler handler) {
        this.loop = loop;
        this.descriptor = descriptor;
        this.handler = handler;
    }

    /**
     * Changes what is watched for; 0 is a pause, in which not even a hang-up is told. Does nothing once closed.
     *
     * @param wanted {@code Epoll.IN} and so on
     */
    public void modify(int wanted) {
        loop.modify(this, wanted);
    }

    /** Ends it; a second close does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        loop.remove(this);
    }

    /**
     * With the loop's lock held: tells epoll. A pause takes the descriptor out, since epoll would report a hang-up again and
     * again.
     *
     * @return whether the loop must be woken, because epoll will not do it
     */
    boolean watch(Epoll epoll, int wanted) {
        int fd = descriptor.number();
        long done = 0;
        if (wanted == 0) {
            unwatch(epoll);
        } else if (watched) {
            done = epoll.modify(fd, wanted, SlotTable.key(this));
        } else if (!alwaysReady) {
            done = epoll.add(fd, wanted, SlotTable.key(this));
            alwaysReady = done == -Errno.EPERM;
            watched = done == 0;
        }
        if (!alwaysReady) {
            SystemCallException.check("epoll_ctl", done);
        }
        events = wanted;
        return alwaysReady && wanted != 0;
    }

    /** With the loop's lock held. */
    void unwatch(Epoll epoll) {
        if (watched) {
            watched = false;
            epoll.remove(descriptor.number());
        }
    }

    /** Runs the handler unless it was closed; the monitor keeps {@link #close} waiting meanwhile. */
    synchronized void dispatch(int ready) {
        if (!closed) {
            try {
                handler.ready(ready);
            } catch (Throwable t) {
                close();
                loop.report(handler, t);
            }
        }
    }
}
