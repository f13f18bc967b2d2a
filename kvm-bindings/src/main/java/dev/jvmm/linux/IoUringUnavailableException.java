package dev.jvmm.linux;

/** The host has no io_uring, forbids it, or has one that is too old; the message says which and what to do. */
public final class IoUringUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A message for a person. */
    public IoUringUnavailableException(String message) {
        super(message);
    }

    /** What a refused io_uring_setup(2) means. */
    static IoUringUnavailableException refused(int errno) {
        String meaning = switch (errno) {
            case Errno.ENOSYS -> "this kernel has no io_uring, or a sandbox hides it";
            case Errno.EPERM, Errno.EACCES ->
                "io_uring is not allowed here, by the sysctl kernel.io_uring_disabled or a sandbox";
            case Errno.ENOMEM ->
                "no memory for the rings; on kernels before 5.12 raise the limit on locked memory (ulimit -l)";
            case Errno.EMFILE -> "the process has no file descriptor left (ulimit -n)";
            default -> "io_uring_setup failed";
        };
        return new IoUringUnavailableException(meaning + ": " + Errno.describe(errno));
    }
}
