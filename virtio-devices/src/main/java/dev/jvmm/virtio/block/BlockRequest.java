package dev.jvmm.virtio.block;

import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;

/**
 * A driver's request, read once from its chain and checked: afterwards it is an operation that can do no harm, or an answer. Header,
 * data and status may lie in any number of buffers, cut anywhere (virtio 1.2, 2.7.4.1).
 */
final class BlockRequest extends DiskOperation {
    /** The most ranges of one discard or write of zeroes. */
    static final int MOST_RANGES = 32;

    /** The most sectors of one such range: 2 GiB. */
    static final int MOST_RANGE_SECTORS = 1 << 22;

    final DescriptorChain chain = new DescriptorChain();

    /** Where the chain came from; null while the request is nobody's. */
    Virtqueue queue;

    private final byte[] serial;

    /** What the status byte will say unless the operation fails. */
    private int status;

    private boolean operation;

    /** Bytes written in front of the status byte. */
    private long written;

    BlockRequest(int id, int most, byte[] serial) {
        super(id, most);
        this.serial = serial;
    }

    /**
     * Reads the request of the chain.
     *
     * @throws VirtioException when there is no header or no place for a status
     */
    void parse(DiskFile disk, Virtqueue from) {
        if (chain.readableLength() < BlockSpec.HEADER_SIZE) {
            throw new VirtioException("a block request with a header of " + chain.readableLength() + " bytes");
        }
        if (chain.writableLength() < 1) {
            throw new VirtioException("a block request without a byte for the status");
        }
        int type = chain.int32(BlockSpec.HEADER_TYPE);
        long sector = chain.int64(BlockSpec.HEADER_SECTOR);
        queue = from;
        written = 0;
        begin(Kind.FLUSH, 0, 0);
        operation = switch (type) {
            case BlockSpec.T_IN -> read(disk, sector);
            case BlockSpec.T_OUT -> write(disk, sector);
            case BlockSpec.T_FLUSH -> answer(BlockSpec.S_OK, true);
            case BlockSpec.T_GET_ID -> identify();
            case BlockSpec.T_DISCARD -> ranges(disk, false);
            case BlockSpec.T_WRITE_ZEROES -> ranges(disk, true);
            default -> answer(BlockSpec.S_UNSUPP, false);
        };
    }

    private boolean answer(int value, boolean go) {
        status = value;
        return go;
    }

    private boolean read(DiskFile disk, long sector) {
        long length = chain.writableLength() - 1;
        if (!inside(disk, sector, length)) {
            return answer(BlockSpec.S_IOERR, false);
        }
        begin(Kind.READ, sector * DiskFile.SECTOR, length);
        count = chain.writableVectors(0, length, vectors);
        written = length;
        return answer(BlockSpec.S_OK, length > 0);
    }

    private boolean write(DiskFile disk, long sector) {
        long length = chain.readableLength() - BlockSpec.HEADER_SIZE;
        if (disk.readOnly() || !inside(disk, sector, length)) {
            return answer(BlockSpec.S_IOERR, false);
        }
        begin(Kind.WRITE, sector * DiskFile.SECTOR, length);
        count = chain.readableVectors(BlockSpec.HEADER_SIZE, length, vectors);
        return answer(BlockSpec.S_OK, length > 0);
    }

    /** Whole sectors, all of them on the disk. The sector number is unsigned; one with the top bit set is beyond any disk. */
    private static boolean inside(DiskFile disk, long sector, long length) {
        long capacity = disk.capacity();
        return (length & DiskFile.SECTOR - 1) == 0 && sector >= 0 && sector <= capacity
                && length >> DiskFile.SECTOR_SHIFT <= capacity - sector;
    }

    private boolean identify() {
        int length = (int) Math.min(chain.writableLength() - 1, BlockSpec.ID_BYTES);
        chain.write(0, serial, 0, length);
        written = length;
        return answer(BlockSpec.S_OK, false);
    }

    /** 5.2.6.2: unknown flags, and unmapping where nothing is to be written, are not supported; the rest must fit. */
    private boolean ranges(DiskFile disk, boolean zero) {
        long length = chain.readableLength() - BlockSpec.HEADER_SIZE;
        long ranges = length / BlockSpec.RANGE_SIZE;
        if (disk.readOnly() || length % BlockSpec.RANGE_SIZE != 0 || ranges < 1 || ranges > MOST_RANGES) {
            return answer(BlockSpec.S_IOERR, false);
        }
        begin(zero ? Kind.ZERO : Kind.DISCARD, 0, 0);
        boolean unmap = zero;
        for (int i = 0; i < ranges; i++) {
            long at = BlockSpec.HEADER_SIZE + (long) i * BlockSpec.RANGE_SIZE;
            long sector = chain.int64(at + BlockSpec.RANGE_SECTOR);
            long sectors = Integer.toUnsignedLong(chain.int32(at + BlockSpec.RANGE_SECTORS));
            int flags = chain.int32(at + BlockSpec.RANGE_FLAGS);
            if ((flags & ~(zero ? BlockSpec.RANGE_UNMAP : 0)) != 0) {
                return answer(BlockSpec.S_UNSUPP, false);
            }
            if (sectors > MOST_RANGE_SECTORS || !inside(disk, sector, sectors * DiskFile.SECTOR)) {
                return answer(BlockSpec.S_IOERR, false);
            }
            unmap &= flags == BlockSpec.RANGE_UNMAP;
            if (sectors > 0) {
                addVector(sector * DiskFile.SECTOR, sectors * DiskFile.SECTOR);
            }
        }
        kind = unmap ? Kind.ZERO_UNMAP : kind; // with one range that must stay allocated, all do
        return answer(BlockSpec.S_OK, count > 0);
    }

    /** Whether there is something to do on the disk; otherwise {@link #complete} can follow at once. */
    boolean isOperation() {
        return operation;
    }

    /** Bytes for the limit on bandwidth. */
    long payload() {
        return kind == Kind.READ || kind == Kind.WRITE ? left : 0;
    }

    /**
     * Writes the status and gives the chain back; the driver is not told yet.
     *
     * @param failed whether the operation failed
     */
    void complete(boolean failed) {
        int value = failed ? BlockSpec.S_IOERR : status;
        long last = chain.writableLength() - 1;
        if (queue.isLive()) {
            chain.writeInt8(last, value);
        }
        queue.complete(chain, usedLength(value, last));
        queue = null;
    }

    /** 2.7.8.2: bytes written from the start on, none left out. A failed read leaves all out that is in front of the status. */
    private long usedLength(int value, long last) {
        long filled = value == BlockSpec.S_OK ? written : 0;
        return filled == last ? last + 1 : filled;
    }
}
