package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * A non-blocking timer on the monotonic clock that becomes readable when it expires. Safe for use by several threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/timerfd_create.2.html">timerfd_create(2)</a>
 */
public final class TimerFd extends FileDescriptor {
    static final int CLOCK_MONOTONIC = 1;
    static final int TFD_NONBLOCK = 04000;
    static final int TFD_CLOEXEC = 02000000;

    /** {@code struct itimerspec}: the interval, then the first expiry, each in seconds and nanoseconds. */
    static final int ITIMERSPEC_SIZE = 32;

    static final int INTERVAL_SECONDS = 0;
    static final int INTERVAL_NANOS = 8;
    static final int VALUE_SECONDS = 16;
    static final int VALUE_NANOS = 24;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final ByteBuffer spec = NativeBuffers.allocate(ITIMERSPEC_SIZE);
    private final long address = NativeBuffers.address(spec);

    private TimerFd(int number) {
        super(number);
    }

    /** Makes a timer that is not armed. */
    public static TimerFd create() {
        long fd = new Syscalls().call(SyscallNumber.TIMERFD_CREATE, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC, 0);
        return new TimerFd((int) SystemCallException.check("timerfd_create", fd));
    }

    /**
     * Arms the timer, or arms it anew.
     *
     * @param delayNanos until the first expiry; below 1 counts as 1
     * @param intervalNanos between further expiries, 0 for none
     */
    public void arm(long delayNanos, long intervalNanos) {
        if (intervalNanos < 0) {
            throw new IllegalArgumentException("a timer's interval is not negative: " + intervalNanos + " ns");
        }
        set(Math.max(1, delayNanos), intervalNanos);
    }

    /** Stops the timer; an expiry that was not drained is forgotten. */
    public void disarm() {
        set(0, 0);
    }

    private synchronized void set(long delayNanos, long intervalNanos) {
        spec.putLong(INTERVAL_SECONDS, intervalNanos / NANOS_PER_SECOND);
        spec.putLong(INTERVAL_NANOS, intervalNanos % NANOS_PER_SECOND);
        spec.putLong(VALUE_SECONDS, delayNanos / NANOS_PER_SECOND);
        spec.putLong(VALUE_NANOS, delayNanos % NANOS_PER_SECOND);
        SystemCallException.check("timerfd_settime", call(SyscallNumber.TIMERFD_SETTIME, 0, address, 0));
    }

    /** The expiries since the last call; 0 at once when there were none. */
    public synchronized long drain() {
        long done = call(SyscallNumber.READ, address, Long.BYTES, 0);
        if (done == -Errno.EAGAIN) {
            return 0;
        }
        SystemCallException.check("read of a timerfd", done);
        return spec.getLong(0);
    }
}
