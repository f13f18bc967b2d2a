/**
 * Files in the guest's physical space, as persistent memory.
 *
 * <p>{@link dev.jvmm.virtio.pmem.PmemFile} is the file: open, locked, mapped into a memory window, and what becomes of it when the file is cut
 * short or its disk is full. {@link dev.jvmm.virtio.pmem.PmemDevice} tells a virtio driver where it is, and flushes it.
 */
package dev.jvmm.virtio.pmem;
