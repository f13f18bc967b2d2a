package dev.jvmm.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;

/**
 * The info block of persistent memory whose pages the kernel keeps books about, so that file systems can map them ({@code dax}):
 * {@code struct nd_pfn_sb} of drivers/nvdimm/pfn.h, 4 KiB, little-endian.
 *
 * @param id of this memory, 16 bytes
 * @param parent whom it belongs to; all zeros where there are no labels
 * @param major version
 * @param minor version
 * @param data where the data begins, in bytes
 * @param pages of data, of 4 KiB
 * @param mode where the kernel's books are: 1 in RAM, 2 in the memory itself
 * @param align of the data, in bytes
 */
record PfnInfo(UUID id, UUID parent, int major, int minor, long data, long pages, int mode, int align) {
    static final int MODE_RAM = 1;
    static final int MODE_PMEM = 2;

    private static final String SIGNATURE = "NVDIMM_PFN_INFO\0";
    private static final int ALIGN = 2 << 20;
    private static final int PAGE = 4096;
    private static final int STRUCT_PAGE = 64;

    private static final int ID = 16;
    private static final int PARENT = 32;
    private static final int MAJOR = 52;
    private static final int MINOR = 54;
    private static final int DATA = 56;
    private static final int PAGES = 64;
    private static final int MODE = 72;
    private static final int ALIGNMENT = 84;
    private static final int PAGE_SIZE = 88;
    private static final int STRUCT_SIZE = 92;
    private static final int SUM = KataLayout.BLOCK - Long.BYTES;

    /** That of an image of so many bytes. */
    static PfnInfo of(UUID id, long size) {
        return new PfnInfo(id, new UUID(0, 0), 1, 4, KataLayout.DATA, (size - KataLayout.DATA) / PAGE, MODE_RAM, ALIGN);
    }

    /** Reads a block; empty where there is another one. */
    static Optional<PfnInfo> read(ByteBuffer block) {
        for (int i = 0; i < SIGNATURE.length(); i++) {
            if (block.get(i) != SIGNATURE.charAt(i)) {
                return Optional.empty();
            }
        }
        return Optional.of(new PfnInfo(uuid(block, ID), uuid(block, PARENT), block.getShort(MAJOR) & 0xFFFF,
                block.getShort(MINOR) & 0xFFFF, block.getLong(DATA), block.getLong(PAGES), block.getInt(MODE),
                block.getInt(ALIGNMENT)));
    }

    /** Whether a block's checksum is right. */
    static boolean sumIsRight(ByteBuffer block) {
        ByteBuffer copy = ByteBuffer.allocate(KataLayout.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, block, 0, KataLayout.BLOCK);
        copy.putLong(SUM, 0);
        return sum(copy) == block.getLong(SUM);
    }

    /** The block, with its checksum. */
    ByteBuffer bytes() {
        ByteBuffer block = ByteBuffer.allocate(KataLayout.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < SIGNATURE.length(); i++) {
            block.put(i, (byte) SIGNATURE.charAt(i));
        }
        put(block, ID, id);
        put(block, PARENT, parent);
        block.putShort(MAJOR, (short) major).putShort(MINOR, (short) minor);
        block.putLong(DATA, data).putLong(PAGES, pages).putInt(MODE, mode).putInt(ALIGNMENT, align);
        block.putInt(PAGE_SIZE, PAGE).putShort(STRUCT_SIZE, (short) STRUCT_PAGE);
        return block.putLong(SUM, sum(block));
    }

    /** Fletcher's checksum over 32-bit words, as {@code nd_fletcher64()} of drivers/nvdimm/core.c has it: both halves are of 32 bits. */
    private static long sum(ByteBuffer block) {
        int low = 0;
        long high = 0;
        for (int at = 0; at < KataLayout.BLOCK; at += Integer.BYTES) {
            low += block.getInt(at);
            high += Integer.toUnsignedLong(low);
        }
        return high << 32 | Integer.toUnsignedLong(low);
    }

    private static UUID uuid(ByteBuffer block, int at) {
        return new UUID(Long.reverseBytes(block.getLong(at)), Long.reverseBytes(block.getLong(at + Long.BYTES)));
    }

    private static void put(ByteBuffer block, int at, UUID id) {
        block.putLong(at, Long.reverseBytes(id.getMostSignificantBits()));
        block.putLong(at + Long.BYTES, Long.reverseBytes(id.getLeastSignificantBits()));
    }
}
