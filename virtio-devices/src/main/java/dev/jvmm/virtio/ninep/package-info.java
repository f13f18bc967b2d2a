/** A virtio-9p device: a directory of the host that a guest can mount. What is said over it is {@code dev.jvmm.virtio.ninep.server}'s. */
package dev.jvmm.virtio.ninep;
