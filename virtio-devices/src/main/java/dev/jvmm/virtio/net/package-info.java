/**
 * Network cards: Ethernet frames between a guest and what stands behind a {@link dev.jvmm.virtio.net.NetBackend}.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1 "Network Device"
 */
package dev.jvmm.virtio.net;
