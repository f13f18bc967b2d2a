/**
 * Memory that a guest gives back.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.5 "Traditional Memory Balloon Device"
 */
package dev.jvmm.virtio.balloon;
