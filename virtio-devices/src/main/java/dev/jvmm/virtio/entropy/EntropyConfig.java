package dev.jvmm.virtio.entropy;

/**
 * How much randomness a guest may take.
 *
 * @param bytesPerSecond on average, 0 for no limit
 * @param burst the most bytes at once after a rest, above 0 where there is a limit
 */
public record EntropyConfig(long bytesPerSecond, long burst) {
    /** As much as the guest asks for: the host's generator does not run dry, and one request is bounded anyway. */
    public static final EntropyConfig UNLIMITED = new EntropyConfig(0, 0);

    /** Checks the numbers. */
    public EntropyConfig {
        if (bytesPerSecond < 0 || burst < 0 || bytesPerSecond > 0 && burst == 0) {
            throw new IllegalArgumentException("entropy of " + bytesPerSecond + " bytes per second and " + burst
                    + " at once: give positive numbers");
        }
    }
}
