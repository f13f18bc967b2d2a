package dev.jvmm.acpi;

/**
 * A place for a virtio-mmio device as the guest finds it.
 *
 * @param index its number among the slots, 0 to 255
 * @param address of its registers, guest-physical, below 4 GiB
 * @param size of its registers in bytes
 * @param gsi its global interrupt number; slots may share one
 */
public record VirtioSlot(int index, long address, long size, int gsi) {
    /** The highest index. */
    public static final int MAX_INDEX = 0xFF;

    public VirtioSlot {
        if (index < 0 || index > MAX_INDEX) {
            throw new IllegalArgumentException("virtio slot " + index + ": give 0 to " + MAX_INDEX);
        }
    }
}
