package dev.jvmm.virtio.block;

import dev.jvmm.virtio.ConfigSpace;

/**
 * What a disk says of itself.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.2.3, 5.2.4
 */
final class BlockConfig {
    private static final int ALIGNMENT = 4096;

    private BlockConfig() {}

    static long features(DiskFile disk, int queues) {
        long features = BlockSpec.F_SIZE_MAX | BlockSpec.F_SEG_MAX | BlockSpec.F_BLK_SIZE | BlockSpec.F_TOPOLOGY
                | BlockSpec.F_FLUSH;
        features |= disk.readOnly() ? BlockSpec.F_RO
                : BlockSpec.F_CONFIG_WCE | BlockSpec.F_DISCARD | BlockSpec.F_WRITE_ZEROES;
        return queues > 1 ? features | BlockSpec.F_MQ : features;
    }

    static ConfigSpace of(DiskFile disk, int queues, int segments, int segmentBytes) {
        int block = disk.blockSize();
        int exponent = Integer.numberOfTrailingZeros(disk.physicalBlockSize() / block);
        ConfigSpace config = new ConfigSpace(BlockSpec.CONFIG_SIZE)
                .putInt64(BlockSpec.CONFIG_CAPACITY, disk.capacity())
                .putInt32(BlockSpec.CONFIG_SIZE_MAX, segmentBytes)
                .putInt32(BlockSpec.CONFIG_SEG_MAX, segments)
                .putInt32(BlockSpec.CONFIG_BLK_SIZE, block)
                .putInt8(BlockSpec.CONFIG_PHYSICAL_BLOCK_EXP, exponent)
                .putInt16(BlockSpec.CONFIG_MIN_IO_SIZE, 1 << exponent)
                .putInt16(BlockSpec.CONFIG_NUM_QUEUES, queues);
        if (!disk.readOnly()) {
            config.putInt8(BlockSpec.CONFIG_WCE, 1)
                    .putInt32(BlockSpec.CONFIG_MAX_DISCARD_SECTORS, BlockRequest.MOST_RANGE_SECTORS)
                    .putInt32(BlockSpec.CONFIG_MAX_DISCARD_SEG, BlockRequest.MOST_RANGES)
                    .putInt32(BlockSpec.CONFIG_DISCARD_SECTOR_ALIGNMENT, Math.max(ALIGNMENT, block) / DiskFile.SECTOR)
                    .putInt32(BlockSpec.CONFIG_MAX_WRITE_ZEROES_SECTORS, BlockRequest.MOST_RANGE_SECTORS)
                    .putInt32(BlockSpec.CONFIG_MAX_WRITE_ZEROES_SEG, BlockRequest.MOST_RANGES)
                    .putInt8(BlockSpec.CONFIG_WRITE_ZEROES_MAY_UNMAP, 1);
        }
        return config;
    }
}
