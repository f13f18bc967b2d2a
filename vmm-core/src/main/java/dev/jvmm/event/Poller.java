package dev.jvmm.event;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.EventFd;
import dev.jvmm.linux.SystemCallException;

/** epoll together with the eventfd that ends its sleep. {@link #wake} is for any thread, the rest of waiting for the loop's. */
final class Poller implements AutoCloseable {
    private static final int EVENTS_PER_TURN = 64;

    /** The wake-up's key; those of registrations are not negative. */
    private static final long WAKE_UP = -1;

    private final Epoll epoll;
    private final EventFd wakeUp;

    Poller() {
        epoll = Epoll.create(EVENTS_PER_TURN);
        try {
            wakeUp = EventFd.create();
        } catch (SystemCallException e) {
            epoll.close();
            throw e;
        }
        long added = epoll.add(wakeUp.number(), Epoll.IN, WAKE_UP);
        if (added < 0) {
            close();
            throw new SystemCallException("epoll_ctl", (int) -added);
        }
    }

    Epoll epoll() {
        return epoll;
    }

    void wake() {
        wakeUp.signal();
    }

    /** Waits; returns the number of events, 0 after a signal. */
    int await(int millis) {
        int count = epoll.await(millis);
        if (count < 0 && count != -Errno.EINTR) {
            throw new SystemCallException("epoll_pwait", -count);
        }
        return Math.max(0, count);
    }

    /** Whether the index-th event is the wake-up's, which is settled herewith. */
    boolean isWakeUp(int index) {
        boolean wake = epoll.data(index) == WAKE_UP;
        if (wake) {
            wakeUp.drain();
        }
        return wake;
    }

    @Override
    public void close() {
        epoll.close();
        wakeUp.close();
    }
}
