package dev.jvmm.image;

import dev.jvmm.config.MemorySize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where things are in an image that is a disk and persistent memory at once. As a disk it has a partition table (MBR) with the root's
 * partition. Persistent memory has an info block at 4 KiB instead, which tells Linux that the data begins at 2 MiB; there stands a second
 * partition table, by which the same bytes are the first partition again.
 *
 * <p>The size is whole units of 128 MiB, which is how Linux adds memory.
 */
final class KataLayout {
    static final int SECTOR = 512;
    static final int BLOCK = 4096;

    /** Of the info block. */
    static final long INFO = 4096;

    /** Where persistent memory's data begins, and its second partition table is. */
    static final long DATA = 2L << 20;

    /** Of the file system. */
    static final long ROOT = 3L << 20;

    /** What an image's size is a multiple of. */
    static final long UNIT = 128L << 20;

    /** The most that 32 bits of sectors can tell, in whole units. */
    static final long MOST = (1L << 41) - UNIT;

    private static final int MBR_DISK = 440;
    private static final int MBR_ENTRY = 446;
    private static final int MBR_MARK = 510;
    private static final int LINUX = 0x83;
    private static final int BEYOND = 0xFFFFFE00;

    private KataLayout() {}

    /** The size that has room for so many bytes of file system. */
    static long sizeFor(long fileSystem) {
        long whole = Math.addExact(fileSystem, ROOT);
        return Math.addExact(whole, UNIT - 1) / UNIT * UNIT;
    }

    /** That a size which somebody asked for is possible. */
    static void check(long size) {
        if (size <= 0 || size % UNIT != 0 || size > MOST) {
            long fit = Math.min(MOST, Math.max(UNIT, (size + UNIT - 1) / UNIT * UNIT));
            throw new ImageException("an image of " + MemorySize.format(size)
                    + ": the size is a multiple of 128 MiB, up to 2 TiB; give " + MemorySize.format(fit));
        }
    }

    /**
     * A partition table with one partition, for Linux.
     *
     * @param start of the partition, in bytes from the table
     * @param size of the partition, in bytes
     * @param disk a number that tells this disk from others
     */
    static ByteBuffer partitionTable(long start, long size, int disk) {
        ByteBuffer table = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        table.putInt(MBR_DISK, disk);
        // Cylinders, heads and sectors are out of use: the values for what lies beyond them.
        table.putInt(MBR_ENTRY, BEYOND);
        table.putInt(MBR_ENTRY + 4, BEYOND | LINUX);
        table.putInt(MBR_ENTRY + 8, (int) (start / SECTOR));
        table.putInt(MBR_ENTRY + 12, (int) (size / SECTOR));
        table.put(MBR_MARK, (byte) 0x55).put(MBR_MARK + 1, (byte) 0xAA);
        return table;
    }
}
