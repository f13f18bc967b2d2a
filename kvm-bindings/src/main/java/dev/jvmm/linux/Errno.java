package dev.jvmm.linux;

/** Error numbers of Linux on x86-64 that this code tells apart, and the names of the common ones. {@code asm-generic/errno*.h} */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOTTY = 25;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOLCK = 37;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int ENODATA = 61;
    public static final int EPROTO = 71;
    public static final int EOVERFLOW = 75;
    public static final int EBADFD = 77;
    public static final int EMSGSIZE = 90;
    public static final int EPROTOTYPE = 91;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int ECONNREFUSED = 111;
    public static final int ESTALE = 116;
    public static final int ECANCELED = 125;

    private static final String[] NAMES = {
        "0", "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN",
        "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL",
        "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM",
        "ERANGE", "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP"
    };

    private static final String[] MESSAGES = {
        "success", "operation not permitted", "no such file or directory", "no such process", "interrupted system call",
        "input/output error", "no such device or address", "argument list too long", "not an executable",
        "bad file descriptor", "no child process", "try again", "out of memory", "permission denied", "bad address",
        "block device required", "device or resource busy", "file exists", "cross-device link", "no such device",
        "not a directory", "is a directory", "invalid argument", "too many open files in the system",
        "too many open files", "not a terminal, or the ioctl is unknown", "text file busy", "file too large",
        "no space left on device", "illegal seek", "read-only file system", "too many links", "broken pipe",
        "argument out of domain", "result out of range", "deadlock avoided", "file name too long", "no locks available",
        "function not implemented",
        "directory not empty", "a symbolic link, or too many of them"
    };

    private Errno() {}

    /** The symbolic name, such as {@code ENOENT}; {@code errno 95} for one that has no row here. */
    public static String name(int errno) {
        return errno > 0 && errno < NAMES.length ? NAMES[errno] : "errno " + errno;
    }

    /** The name with a few words, such as {@code ENOENT (no such file or directory)}. */
    public static String describe(int errno) {
        return errno > 0 && errno < MESSAGES.length ? NAMES[errno] + " (" + MESSAGES[errno] + ")" : name(errno);
    }
}
