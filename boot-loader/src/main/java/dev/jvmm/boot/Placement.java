package dev.jvmm.boot;

/**
 * Where something lies in guest memory.
 *
 * @param start guest-physical, in bytes
 * @param size in bytes, 0 for nothing
 */
public record Placement(long start, long size) {
    /** Nothing, nowhere. */
    public static final Placement NONE = new Placement(0, 0);

    /** The first address behind it. */
    public long end() {
        return start + size;
    }
}
