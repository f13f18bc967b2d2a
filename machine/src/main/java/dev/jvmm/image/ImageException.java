package dev.jvmm.image;

/** An image that can not be made or read. The message says why, and what to do. */
public final class ImageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message for the user */
    public ImageException(String message) {
        super(message);
    }

    /** @param message for the user, who has no use for the cause */
    ImageException(String message, Throwable cause) {
        super(message, cause);
    }
}
