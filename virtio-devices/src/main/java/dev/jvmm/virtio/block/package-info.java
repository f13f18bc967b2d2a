/**
 * virtio-blk: {@link dev.jvmm.virtio.block.DiskConfig} says which file, {@link dev.jvmm.virtio.block.DiskFile} opens and guards it,
 * {@link dev.jvmm.virtio.block.DiskEngine} moves its data, {@link dev.jvmm.virtio.block.BlockDevice} speaks with the driver.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.2
 */
package dev.jvmm.virtio.block;
