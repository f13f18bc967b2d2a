/**
 * Consoles and ports: streams of bytes between guest and host.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.3 "Console Device"
 */
package dev.jvmm.virtio.console;
