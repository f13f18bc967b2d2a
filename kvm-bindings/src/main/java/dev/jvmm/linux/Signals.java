package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * The signal mask of one thread: an instance belongs to the thread that made it, and only that thread calls it.
 * {@link #send} is for every thread.
 *
 * <p>No handler is ever installed: a signal is kept blocked, let through by a call that swaps the mask (KVM_RUN with
 * KVM_SET_SIGNAL_MASK), and eaten afterwards. The kernel's {@code sigset_t} is 8 bytes; bit n-1 stands for signal n.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/signal.7.html">signal(7)</a>
 */
public final class Signals {
    /** The first real-time signal that libc leaves free (it keeps 32 and 33). */
    public static final int FIRST_REAL_TIME = 34;

    public static final int LAST = 64;

    /** Bytes of the kernel's {@code sigset_t}. */
    public static final int SET_BYTES = 8;

    static final int SIG_BLOCK = 0;
    static final int SIG_UNBLOCK = 1;
    static final int SIGTTOU = 22;

    /** {@code struct __kernel_timespec}. */
    static final int TIMESPEC_SIZE = 16;

    private final Syscalls syscalls = new Syscalls();

    /** The set given, the set got back, and a time of zero. */
    private final ByteBuffer words = NativeBuffers.allocate(2 * SET_BYTES + TIMESPEC_SIZE);

    private final long given = NativeBuffers.address(words);
    private final long old = given + SET_BYTES;
    private final long zeroTime = old + SET_BYTES;

    /** For the calling thread. */
    public Signals() {}

    /** Blocks a signal; returns the mask from before. */
    public long block(int signal) {
        return change(SIG_BLOCK, signal);
    }

    /** Unblocks a signal; returns the mask from before. */
    public long unblock(int signal) {
        return change(SIG_UNBLOCK, signal);
    }

    private long change(int how, int signal) {
        words.putLong(0, bit(signal));
        long done = syscalls.call(SyscallNumber.RT_SIGPROCMASK, how, given, old, SET_BYTES, 0, 0);
        SystemCallException.check("rt_sigprocmask", done);
        return words.getLong(SET_BYTES);
    }

    /** The signals this thread blocks. */
    public long mask() {
        long done = syscalls.call(SyscallNumber.RT_SIGPROCMASK, SIG_BLOCK, 0, old, SET_BYTES, 0, 0);
        SystemCallException.check("rt_sigprocmask", done);
        return words.getLong(SET_BYTES);
    }

    /**
     * Eats one pending instance of a blocked signal, without waiting. Allocates nothing.
     *
     * @return whether there was one; real-time signals queue, so call again until there is none
     */
    public boolean consume(int signal) {
        words.putLong(0, bit(signal));
        return syscalls.call(SyscallNumber.RT_SIGTIMEDWAIT, given, 0, zeroTime, SET_BYTES, 0, 0) == signal;
    }

    /** The bit of a signal in a set. */
    public static long bit(int signal) {
        if (signal < 1 || signal > LAST) {
            throw new IllegalArgumentException("signals are 1 to 64, not " + signal);
        }
        return 1L << (signal - 1);
    }

    /** The kernel's number for the calling thread. */
    public static int currentThread() {
        return (int) new Syscalls().call(SyscallNumber.GETTID, 0, 0, 0);
    }

    /**
     * Sends a signal to a thread of this process.
     *
     * @param thread from {@link #currentThread}
     * @return 0 or the negated errno: {@code -ESRCH} (-3) when that thread is gone
     */
    public static long send(int thread, int signal) {
        Syscalls syscalls = new Syscalls();
        long process = syscalls.call(SyscallNumber.GETPID, 0, 0, 0);
        return syscalls.call(SyscallNumber.TGKILL, process, thread, signal);
    }
}
