/**
 * Split virtqueues, from the device's side. Everything in a ring is written by the guest and may be a lie that changes between two looks:
 * each field is read once into a local and the local is judged.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.7 "Split Virtqueues"
 */
package dev.jvmm.virtio.queue;
