package dev.jvmm.virtio.balloon;

import java.util.OptionalLong;

/**
 * What the guest says of its memory. It may say anything.
 *
 * @param values by {@link Tag}; absent ones are -1
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.5.6.4
 */
public record MemoryStatistics(long[] values) {
    /** What a value is; in bytes where it is an amount. The order is the specification's. */
    public enum Tag {
        SWAP_IN, SWAP_OUT, MAJOR_FAULTS, MINOR_FAULTS, FREE, TOTAL, AVAILABLE, CACHES, HUGE_PAGE_ALLOCATIONS,
        HUGE_PAGE_FAILURES
    }

    /** A value, as an unsigned number, if the guest gave it. */
    public OptionalLong value(Tag tag) {
        long value = values[tag.ordinal()];
        return value == -1 ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
