/** Queues that the host's kernel works on in a device's place. */
package dev.jvmm.virtio.vhost;
