package dev.jvmm.runtime;

/** The host, a file or the hypervisor refused. The message says what was tried, what came back and what to do. */
public final class HypervisorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public HypervisorException(String message) {
        super(message);
    }

    public HypervisorException(String message, Throwable cause) {
        super(message, cause);
    }
}
