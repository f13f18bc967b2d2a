/**
 * Random bytes for the guest.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.4 "Entropy Device"
 */
package dev.jvmm.virtio.entropy;
