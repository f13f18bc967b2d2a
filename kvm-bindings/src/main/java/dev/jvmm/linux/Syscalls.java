package dev.jvmm.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * The one door to the kernel: libc's {@code syscall(2)} with six arguments, and a place for its errno.
 *
 * <p>An instance belongs to one owner (a file descriptor, a thread's signal mask) and holds that owner's errno. Two threads
 * must not call through the same instance at the same time; owners that are shared between threads lock around it.
 *
 * <p>One shape of downcall serves every call, because each further shape costs 14 to 40 ms of class spinning at start.
 * {@code Linker.Option.critical} is never used: it would hold up every safepoint while the kernel blocks.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/syscall.2.html">syscall(2)</a>
 */
public final class Syscalls {
    private static final MethodHandle SYSCALL = link();

    private final MemorySegment callState;
    private final ByteBuffer errno;

    /** Makes a caller with an errno of its own. */
    public Syscalls() {
        errno = NativeBuffers.allocate(Integer.BYTES);
        callState = MemorySegment.ofBuffer(errno);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link() {
        Linker linker = Linker.nativeLinker();
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        return linker.downcallHandle(
                linker.defaultLookup().find("syscall").orElseThrow(),
                FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                Linker.Option.captureCallState("errno"));
    }

    /**
     * Calls the kernel.
     *
     * @param number the system call, one of {@link SyscallNumber}
     * @return the kernel's answer, or the negated errno (-4095 to -1)
     */
    public long call(long number, long a, long b, long c, long d, long e, long f) {
        long result;
        try {
            result = (long) SYSCALL.invokeExact(callState, number, a, b, c, d, e, f);
        } catch (Throwable t) {
            throw new LinkageError("syscall(2) can not be called", t);
        }
        return result == -1 ? -errno.getInt(0) : result;
    }

    /** As {@link #call(long, long, long, long, long, long, long)} with three arguments. */
    public long call(long number, long a, long b, long c) {
        return call(number, a, b, c, 0, 0, 0);
    }
}
