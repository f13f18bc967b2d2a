/**
 * What virtio devices have in common: {@link dev.jvmm.virtio.VirtioDevice} is what a device brings, {@link dev.jvmm.virtio.VirtioHost}
 * what it gets. Each kind of device has a package of its own below.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html Virtual I/O Device (VIRTIO) Version 1.2
 */
package dev.jvmm.virtio;
