/** Benchmarks that need to look inside the block device. */
package dev.jvmm.virtio.block;
