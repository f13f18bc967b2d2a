package dev.jvmm.linux;

/** A system call that failed: which one, and the kernel's errno. Thrown on cold paths only; hot paths return {@code -errno}. */
public final class SystemCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    /**
     * @param call what was called, with what a person needs to recognise it: {@code open("/dev/kvm")}
     * @param errno the positive error number
     */
    public SystemCallException(String call, int errno) {
        super(call + ": " + Errno.describe(errno));
        this.call = call;
        this.errno = errno;
    }

    /** What was called. */
    public String call() {
        return call;
    }

    /** The kernel's error number, positive. */
    public int errno() {
        return errno;
    }

    /** Returns {@code result} unless it is a negated errno. */
    public static long check(String call, long result) {
        if (result < 0) {
            throw new SystemCallException(call, (int) -result);
        }
        return result;
    }
}
