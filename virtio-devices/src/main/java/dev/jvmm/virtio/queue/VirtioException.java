package dev.jvmm.virtio.queue;

/**
 * The driver broke a rule of virtio. Whoever lets it out of a device's code puts that device into DEVICE_NEEDS_RESET; nothing else stops.
 * Has no stack trace: a guest can cause as many as it likes, and the message says it all.
 */
public final class VirtioException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** A message that says what the driver did, for the log. */
    public VirtioException(String message) {
        super(message, null, false, false);
    }
}
