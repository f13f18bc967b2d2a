package dev.jvmm.boot;

/**
 * What was given to boot cannot be booted: a kernel, an initial ramdisk or a command line. The message names the file,
 * what is wrong with it and what to do. Nothing else is thrown for what a file says, whatever that is.
 */
public final class BootException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BootException(String message) {
        super(message);
    }

    public BootException(String message, Throwable cause) {
        super(message, cause);
    }
}
