/** Of {@code dev.jvmm.virtio.ninep.stream}: what benchmarks of it need that is not public. */
package dev.jvmm.virtio.ninep.stream;
