package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** How many descriptors this process may have open. */
public final class OpenFileLimit {
    static final int RLIMIT_NOFILE = 7;

    /** {@code struct rlimit64}. */
    static final class Layout {
        static final int SIZE = 16;
        static final int CUR = 0;
        static final int MAX = 8;

        private Layout() {}
    }

    /** What the kernel lets root have as it comes: {@code fs.nr_open}. */
    private static final long MOST = 1 << 20;

    private OpenFileLimit() {}

    /** Raises the limit in force as far as this process may, to 1,048,576 at most; returns what it is then, as {@link #current} does. */
    public static long raised() {
        long now = current();
        if (now >= MOST) {
            return now;
        }
        ByteBuffer limit = NativeBuffers.allocate(Layout.SIZE).putLong(Layout.CUR, MOST).putLong(Layout.MAX, MOST);
        new Syscalls().call(SyscallNumber.PRLIMIT64, 0, RLIMIT_NOFILE, NativeBuffers.address(limit), 0, 0, 0);
        Reference.reachabilityFence(limit);
        return current();
    }

    /**
     * The limit in force; {@link Long#MAX_VALUE} where there is none.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/prlimit.2.html">prlimit(2)</a>
     */
    public static long current() {
        ByteBuffer limit = NativeBuffers.allocate(Layout.SIZE);
        long done = new Syscalls().call(SyscallNumber.PRLIMIT64, 0, RLIMIT_NOFILE, 0, NativeBuffers.address(limit), 0,
                0);
        Reference.reachabilityFence(limit);
        SystemCallException.check("prlimit(RLIMIT_NOFILE)", done);
        long soft = limit.getLong(Layout.CUR);
        return soft < 0 ? Long.MAX_VALUE : soft;
    }
}
