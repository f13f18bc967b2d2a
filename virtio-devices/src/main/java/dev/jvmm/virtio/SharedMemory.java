package dev.jvmm.virtio;

/**
 * A shared memory region of a device.
 *
 * @param id as the device's specification numbers them, 0 to 255
 * @param address guest-physical
 * @param length in bytes, above 0
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.10
 */
public record SharedMemory(int id, long address, long length) {}
