package dev.jvmm.linux;

/** A request over netlink that the kernel refused. */
public final class NetlinkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String reason;

    /**
     * @param errno the positive error number
     * @param reason the kernel's own words, or nothing
     */
    public NetlinkException(String request, int errno, String reason) {
        super(request + ": " + Errno.describe(errno) + (reason.isEmpty() ? "" : ": " + reason));
        this.errno = errno;
        this.reason = reason;
    }

    /** The kernel's error number, positive. */
    public int errno() {
        return errno;
    }

    /** The kernel's own words, empty where it has none. */
    public String reason() {
        return reason;
    }
}
