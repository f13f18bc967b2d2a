package dev.jvmm.virtio.balloon;

/**
 * What a balloon is for.
 *
 * @param target bytes that the guest shall give, a multiple of 4096
 * @param deflateOnOom whether the guest may take pages back when it runs out of memory
 * @param statistics whether the guest tells how much memory it uses
 * @param reporting whether the guest reports free pages by itself, which go back to the host
 */
public record BalloonConfig(long target, boolean deflateOnOom, boolean statistics, boolean reporting) {
    /** Checks the target. */
    public BalloonConfig {
        if (target < 0 || target % BalloonDevice.PAGE != 0 || target / BalloonDevice.PAGE > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException(
                    "a balloon of " + target + " bytes: give a multiple of 4096 below 16 TiB");
        }
    }
}
