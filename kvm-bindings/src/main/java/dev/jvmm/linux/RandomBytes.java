package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * The kernel's random numbers, without the milliseconds that loading the JDK's providers of them takes at the start.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getrandom.2.html">getrandom(2)</a>
 */
public final class RandomBytes {
    /** So many come whole, whatever signals arrive. */
    public static final int MOST = 256;

    private RandomBytes() {}

    /**
     * Random bytes fit for keys; waits in the first moments after the host's start.
     *
     * @param count 1 to {@link #MOST}
     */
    public static byte[] take(int count) {
        if (count < 1 || count > MOST) {
            throw new IllegalArgumentException(count + " random bytes at once");
        }
        ByteBuffer buffer = NativeBuffers.allocate(count);
        long taken;
        do {
            taken = new Syscalls().call(SyscallNumber.GETRANDOM, NativeBuffers.address(buffer), count, 0);
        } while (taken == -Errno.EINTR);
        if (SystemCallException.check("getrandom", taken) != count) {
            throw new IllegalStateException("getrandom gave " + taken + " of " + count + " bytes");
        }
        byte[] bytes = new byte[count];
        buffer.get(0, bytes);
        return bytes;
    }
}
