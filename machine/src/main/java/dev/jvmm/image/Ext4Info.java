package dev.jvmm.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What an ext2, ext3 or ext4 file system's superblock says of it.
 *
 * @param kind {@code ext4}
 * @param block bytes of a block
 * @param blocks how many there are
 * @param freeBlocks how many of them are free
 * @param inodes how many files there can be
 * @param freeInodes how many more there can be
 * @param label may be empty
 * @param made when, in seconds since 1970
 * @param clean whether it was unmounted, and no error was found
 * @param sumIsRight whether the superblock is as it was written; true where there are no checksums
 * @see <a href="https://www.kernel.org/doc/html/latest/filesystems/ext4/globals.html">ext4: the super block</a>
 */
record Ext4Info(String kind, long block, long blocks, long freeBlocks, long inodes, long freeInodes, UUID id,
        String label, long made, boolean clean, boolean sumIsRight) {
    private static final int SUPERBLOCK = 1024;
    private static final int SIZE = 1024;
    private static final int MAGIC = 0xEF53;
    private static final int MOST_SHIFT = 6;
    private static final int SUM = 0x3FC;

    private static final int HAS_JOURNAL = 4;
    private static final int EXTENTS = 0x40;
    private static final int WIDE = 0x80;
    private static final int CHECKSUMS = 0x400;

    /** Reads what stands at an offset of an image; empty where there is no such file system. */
    static Optional<Ext4Info> read(ImageBytes image, long start) {
        ByteBuffer bytes = image.read(start + SUPERBLOCK, SIZE);
        int shift = bytes.getInt(0x18);
        if ((bytes.getShort(0x38) & 0xFFFF) != MAGIC || shift < 0 || shift > MOST_SHIFT) {
            return Optional.empty();
        }
        boolean wide = (bytes.getInt(0x60) & WIDE) != 0;
        String kind = (bytes.getInt(0x60) & EXTENTS) != 0 ? "ext4"
                : (bytes.getInt(0x5C) & HAS_JOURNAL) != 0 ? "ext3" : "ext2";
        boolean summed = (bytes.getInt(0x64) & CHECKSUMS) != 0;
        UUID id = new UUID(Long.reverseBytes(bytes.getLong(0x68)), Long.reverseBytes(bytes.getLong(0x70)));
        return Optional.of(new Ext4Info(kind, 1024L << shift, word(bytes, 0x04, wide ? 0x150 : -1),
                word(bytes, 0x0C, wide ? 0x158 : -1), word(bytes, 0x00, -1), word(bytes, 0x10, -1), id, label(bytes),
                word(bytes, 0x108, -1) | (bytes.get(0x274) & 0xFFL) << 32, bytes.getShort(0x3A) == 1,
                !summed || sum(bytes) == bytes.getInt(SUM)));
    }

    private static long word(ByteBuffer bytes, int low, int high) {
        return Integer.toUnsignedLong(bytes.getInt(low)) | (high < 0 ? 0 : (long) bytes.getInt(high) << 32);
    }

    private static int sum(ByteBuffer bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes.duplicate().position(0).limit(SUM));
        return ~(int) sum.getValue(); // the kernel's crc32c() leaves out the last turn
    }

    private static String label(ByteBuffer bytes) {
        byte[] label = new byte[16];
        bytes.get(0x78, label);
        String text = new String(label, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(0);
        return printable(end < 0 ? text : text.substring(0, end));
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(c < ' ' || c > '~' ? '?' : c);
        }
        return out.toString();
    }

    /** What is wrong with it, in a place of so many bytes. */
    List<String> problems(long room) {
        List<String> problems = new ArrayList<>();
        if (!sumIsRight) {
            problems.add("the file system's superblock is damaged: its checksum is wrong");
        }
        if (blocks <= 0 || blocks > room / block) {
            problems.add("the file system is larger than its place: " + Long.toUnsignedString(blocks) + " blocks of "
                    + block + " bytes in " + room + " bytes; the image may have been cut off");
        }
        if (!clean) {
            problems.add("the file system was not unmounted, or has faults: e2fsck repairs it");
        }
        if (block != KataLayout.BLOCK) {
            problems.add("blocks of " + block + " bytes: DAX needs " + KataLayout.BLOCK);
        }
        return problems;
    }
}
