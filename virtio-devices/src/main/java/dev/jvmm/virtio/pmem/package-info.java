/**
 * Files in the guest's physical space, as persistent memory.
 *
 * <p>{@link dev.jvmm.virtio.pmem.PmemFile} is the file, open and locked; {@link dev.jvmm.virtio.pmem.PmemWindow} has it in a machine's
 * physical space, and knows what to do when it is cut short or its disk is full. {@link dev.jvmm.virtio.pmem.PmemDevice} tells a virtio
 * driver where it is, and flushes it.
 */
package dev.jvmm.virtio.pmem;
