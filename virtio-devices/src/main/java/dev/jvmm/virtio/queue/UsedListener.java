package dev.jvmm.virtio.queue;

/** Who carries a used buffer notification to the driver. */
public interface UsedListener {
    /** The driver wants to hear that buffers were used. */
    void used();
}
