package dev.jvmm.memory;

import dev.jvmm.linux.Mapping;

/**
 * A piece of guest RAM: a mapping of its exact size, placed at a guest-physical address.
 *
 * @param slot the KVM memory slot
 * @param start guest-physical address in bytes, page-aligned
 * @param mapping the host's side; its size is the region's size
 */
public record MemoryRegion(int slot, long start, Mapping mapping) {
    /** Bytes. */
    public long size() {
        return mapping.size();
    }

    /** The first guest-physical address behind the region. */
    public long end() {
        return start + size();
    }

    /** Whether all of {@code length} bytes from {@code address} lie inside; no argument can make it wrap. */
    public boolean contains(long address, long length) {
        long offset = address - start;
        return address >= start && length >= 0 && offset <= size() && length <= size() - offset;
    }
}
