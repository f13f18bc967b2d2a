package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * An epoll instance. Any thread may add, change and remove descriptors; one thread at a time waits and reads the events of
 * its last wait. Waiting allocates nothing.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>
 */
public final class Epoll extends FileDescriptor {
    public static final int IN = 0x001;
    public static final int PRI = 0x002;
    public static final int OUT = 0x004;
    public static final int ERR = 0x008;
    public static final int HUP = 0x010;
    public static final int RDHUP = 0x2000;
    public static final int ONESHOT = 1 << 30;
    public static final int EDGE = 1 << 31;

    static final int CTL_ADD = 1;
    static final int CTL_DEL = 2;
    static final int CTL_MOD = 3;
    static final int EPOLL_CLOEXEC = 02000000;

    /** {@code struct epoll_event} is packed on x86-64: the data follows the events without a gap. */
    static final int EVENT_SIZE = 12;

    static final int EVENT_EVENTS = 0;
    static final int EVENT_DATA = 4;

    /** The kernel's {@code sigset_t}; not looked at while the mask is absent, but passed as libc does. */
    private static final int SIGSET_BYTES = 8;

    private final Syscalls waiter = new Syscalls();
    private final ByteBuffer control = NativeBuffers.allocate(EVENT_SIZE);
    private final long controlAddress = NativeBuffers.address(control);
    private final int capacity;
    private final ByteBuffer events;
    private final long eventsAddress;

    private Epoll(int number, int capacity) {
        super(number);
        this.capacity = capacity;
        events = NativeBuffers.allocate(capacity * EVENT_SIZE);
        eventsAddress = NativeBuffers.address(events);
    }

    /**
     * Makes an empty instance.
     *
     * @param capacity the most events one wait returns, above 0
     */
    public static Epoll create(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("epoll needs room for an event, not " + capacity);
        }
        long fd = new Syscalls().call(SyscallNumber.EPOLL_CREATE1, EPOLL_CLOEXEC, 0, 0);
        return new Epoll((int) SystemCallException.check("epoll_create1", fd), capacity);
    }

    /**
     * Watches a descriptor.
     *
     * @param data comes back with each event
     * @return 0 or the negated errno; {@code -EPERM} for one that is always ready (a regular file)
     */
    public long add(int fd, int events, long data) {
        return control(CTL_ADD, fd, events, data);
    }

    /** Changes what a descriptor is watched for; returns 0 or the negated errno. */
    public long modify(int fd, int events, long data) {
        return control(CTL_MOD, fd, events, data);
    }

    /** Stops watching; returns 0 or the negated errno. */
    public long remove(int fd) {
        return control(CTL_DEL, fd, 0, 0);
    }

    private synchronized long control(int operation, int fd, int wanted, long data) {
        control.putInt(EVENT_EVENTS, wanted);
        control.putLong(EVENT_DATA, data);
        return call(SyscallNumber.EPOLL_CTL, operation, fd, controlAddress);
    }

    /**
     * Sleeps until something is ready. One thread at a time, and none while the instance is being closed.
     *
     * @param timeoutMillis -1 for ever, 0 not at all
     * @return the number of events, or the negated errno ({@code -EINTR} after a signal)
     */
    public int await(int timeoutMillis) {
        return (int) waiter.call(
                SyscallNumber.EPOLL_PWAIT, number(), eventsAddress, capacity, timeoutMillis, 0, SIGSET_BYTES);
    }

    /** What is ready at the index-th event of the last wait. */
    public int events(int index) {
        return events.getInt(index * EVENT_SIZE + EVENT_EVENTS);
    }

    /** The data given with the descriptor of the index-th event of the last wait. */
    public long data(int index) {
        return events.getLong(index * EVENT_SIZE + EVENT_DATA);
    }
}
