package dev.jvmm.virtio.balloon;

/** Where a guest's pages go that it does not use. */
public interface PageSink {
    /**
     * Gives pages to the host. What the host does not want, such as a part of a huge page, stays.
     *
     * @param address guest-physical, a multiple of 4096, as is the length; RAM of one region
     */
    void discard(long address, long length);
}
