package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * A non-blocking eventfd: a counter that any thread adds to and that epoll and KVM (irqfd, ioeventfd) understand. Safe for
 * use by several threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</a>
 */
public final class EventFd extends FileDescriptor {
    /** Flags of eventfd2(2), equal to the flags of open(2). */
    static final int EFD_CLOEXEC = 02000000;

    static final int EFD_NONBLOCK = 04000;

    private static final int COUNTER_BYTES = 8;

    /** The constant one to add, then the place that the counter is read into. */
    private final ByteBuffer words = NativeBuffers.allocate(2 * COUNTER_BYTES);

    private final long address = NativeBuffers.address(words);

    private EventFd(int number) {
        super(number);
        words.putLong(0, 1);
    }

    /**
     * Makes one with a counter of zero.
     *
     * @throws SystemCallException when the process has no descriptor left
     */
    public static EventFd create() {
        long fd = new Syscalls().call(SyscallNumber.EVENTFD2, 0, EFD_CLOEXEC | EFD_NONBLOCK, 0);
        return new EventFd((int) SystemCallException.check("eventfd2", fd));
    }

    /** Adds one: whoever polls wakes up. A counter that is full already says so too, so that case is no error. */
    public void signal() {
        long done = call(SyscallNumber.WRITE, address, COUNTER_BYTES, 0);
        if (done < 0 && done != -Errno.EAGAIN) {
            throw new SystemCallException("write to an eventfd", (int) -done);
        }
    }

    /** Takes the counter and sets it to zero; returns 0 at once when nothing was signalled. */
    public synchronized long drain() {
        long done = call(SyscallNumber.READ, address + COUNTER_BYTES, COUNTER_BYTES, 0);
        if (done == -Errno.EAGAIN) {
            return 0;
        }
        SystemCallException.check("read of an eventfd", done);
        return words.getLong(COUNTER_BYTES);
    }
}
