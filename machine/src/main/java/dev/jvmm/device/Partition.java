package dev.jvmm.device;

/**
 * A partition, as its table describes it.
 *
 * @param number what Linux calls it: 1 for {@code vda1}
 * @param start in bytes
 * @param size in bytes, above 0; the image may end before
 * @param kind what the table says it is for
 */
record Partition(int number, long start, long size, Kind kind) {
    enum Kind {
        /** A root for x86-64, by its GPT type. */
        ROOT,
        /** Linux's data. */
        LINUX,
        /** Anything else. */
        OTHER
    }

    boolean fits(ImageFile image) {
        return start <= image.size() && size <= image.size() - start;
    }

    /** Whether this one is the likelier root: first by kind, then by size. */
    boolean isBetterThan(Partition other) {
        return kind == other.kind ? size > other.size : kind.ordinal() < other.kind.ordinal();
    }
}
