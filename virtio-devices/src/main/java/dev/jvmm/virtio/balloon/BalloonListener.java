package dev.jvmm.virtio.balloon;

/** Hears what a guest does with its balloon. Called with the device's lock held: must not block. */
public interface BalloonListener {
    /** Is not interested. */
    BalloonListener NONE = new BalloonListener() {};

    /** The driver says how many bytes the balloon holds. */
    default void resized(long bytes) {}

    /** Statistics have come, asked for by {@link BalloonDevice#requestStatistics} or the first ones. */
    default void statistics(MemoryStatistics statistics) {}
}
