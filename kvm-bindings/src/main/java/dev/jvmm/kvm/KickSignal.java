package dev.jvmm.kvm;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SyscallNumber;
import dev.jvmm.linux.Syscalls;
import dev.jvmm.linux.SystemCallException;
import java.nio.ByteBuffer;

/**
 * The real-time signal that takes a vCPU's thread out of KVM_RUN. The thread keeps it blocked; only KVM_RUN unblocks it
 * (KVM_SET_SIGNAL_MASK), so it is never delivered and needs no handler. After {@code -EINTR} the thread eats it.
 *
 * <p>An instance belongs to the vCPU's thread, except for {@link #send}.
 */
final class KickSignal {
    /** SIGRTMIN of the kernel is 32; glibc keeps 32 and 33, the JVM uses 62. */
    private static final int NUMBER = 36;

    /** The kernel's sigset_t on x86-64. */
    static final int SIGSET_BYTES = 8;

    private static final long BIT = 1L << NUMBER - 1;
    private static final int SIG_BLOCK = 0;

    private final Syscalls syscalls = new Syscalls();
    private final ByteBuffer set = NativeBuffers.allocate(SIGSET_BYTES).putLong(0, BIT);
    private final ByteBuffer zeroTimeout = NativeBuffers.allocate(2 * Long.BYTES);

    /** Blocks the signal for the calling thread; returns the mask that KVM_RUN shall use: the thread's own without the signal. */
    long block() {
        ByteBuffer old = NativeBuffers.allocate(SIGSET_BYTES);
        SystemCallException.check(
                "rt_sigprocmask",
                syscalls.call(
                        SyscallNumber.RT_SIGPROCMASK,
                        SIG_BLOCK,
                        NativeBuffers.address(set),
                        NativeBuffers.address(old),
                        SIGSET_BYTES,
                        0,
                        0));
        return old.getLong(0) & ~BIT;
    }

    /** Takes the pending signal off the calling thread, if there is one. */
    void eat() {
        syscalls.call(
                SyscallNumber.RT_SIGTIMEDWAIT,
                NativeBuffers.address(set),
                0,
                NativeBuffers.address(zeroTimeout),
                SIGSET_BYTES,
                0,
                0);
    }

    /** The calling thread's number in the kernel. */
    int threadId() {
        return (int) syscalls.call(SyscallNumber.GETTID, 0, 0, 0);
    }

    /** Sends the signal to a thread of this process that has it blocked. */
    static void send(Syscalls syscalls, int threadId) {
        long pid = ProcessHandle.current().pid();
        syscalls.call(SyscallNumber.TGKILL, pid, threadId, NUMBER);
    }
}
