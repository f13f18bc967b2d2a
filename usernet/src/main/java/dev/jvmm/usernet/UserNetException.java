package dev.jvmm.usernet;

/** A user-mode network can not be had as asked; the message says why, and what to do. */
public final class UserNetException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A message for people. */
    public UserNetException(String message) {
        super(message);
    }

    /** A message for people, and what led to it. */
    public UserNetException(String message, Throwable cause) {
        super(message, cause);
    }
}
