package dev.jvmm.memory;

/**
 * How guest RAM is taken from the host.
 *
 * @param size bytes, a multiple of the page size
 * @param shared a memfd (so that other processes or clones can map it) instead of private anonymous memory
 * @param hugepages from the host's hugetlb pool
 * @param prefault touch every page now rather than when the guest first does
 * @param mergeable let KSM share equal pages
 */
public record MemoryOptions(long size, boolean shared, boolean hugepages, boolean prefault, boolean mergeable) {
    /** Plain private memory, populated as it is touched. */
    public static MemoryOptions ofSize(long size) {
        return new MemoryOptions(size, false, false, false, false);
    }
}
