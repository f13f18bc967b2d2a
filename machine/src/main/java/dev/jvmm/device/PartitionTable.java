package dev.jvmm.device;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Reads the partition tables of PCs. Logical partitions of an MBR are left out.
 *
 * @see <a href="https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html">UEFI 2.10, 5: GUID Partition Table</a>
 * @see <a href="https://uapi-group.org/specifications/specs/discoverable_partitions_specification/">Discoverable Partitions</a>
 */
final class PartitionTable {
    private static final int MBR_ENTRIES = 446;
    private static final int MBR_ENTRY = 16;
    private static final int MBR_COUNT = 4;
    private static final int MBR_SIGNATURE = 510;
    private static final int TYPE_LINUX = 0x83;
    private static final int TYPE_PROTECTIVE = 0xEE;

    private static final int HEADER_SIZE = 92;
    private static final int HEADER_CRC = 16;

    /** The one size that Linux accepts. */
    private static final int GPT_ENTRY = 128;

    /** More than anybody makes. */
    private static final int GPT_COUNT = ImageFile.MOST / GPT_ENTRY;

    // A GUID's first three parts are little-endian (UEFI, appendix A): its 16 bytes as two little-endian numbers.

    /** 4f68bce3-e8cd-4db1-96e7-fbcaf984b709. */
    private static final long[] ROOT = { 0x4DB1_E8CD_4F68_BCE3L, 0x09B7_84F9_CAFB_E796L };

    /** 0fc63daf-8483-4772-8e79-3d69d8477de4. */
    private static final long[] LINUX = { 0x4772_8483_0FC6_3DAFL, 0xE47D_47D8_693D_798EL };

    private PartitionTable() {}

    /**
     * The partitions of an image; nothing where it has no table.
     *
     * @throws dev.jvmm.config.ConfigException when there is a table that Linux would not use
     */
    static Optional<List<Partition>> of(ImageFile image) {
        ByteBuffer mbr = image.read(0, ImageFile.SECTOR);
        if (mbr.get(MBR_SIGNATURE) != 0x55 || mbr.get(MBR_SIGNATURE + 1) != (byte) 0xAA) {
            return Optional.empty();
        }
        List<Partition> partitions = new ArrayList<>();
        for (int i = 0; i < MBR_COUNT; i++) {
            int at = MBR_ENTRIES + i * MBR_ENTRY;
            int type = mbr.get(at + 4) & 0xFF;
            long start = Integer.toUnsignedLong(mbr.getInt(at + 8));
            long sectors = Integer.toUnsignedLong(mbr.getInt(at + 12));
            if (type == TYPE_PROTECTIVE) {
                return Optional.of(gpt(image));
            }
            if (type != 0 && start != 0 && sectors != 0) {
                partitions.add(new Partition(i + 1, start * ImageFile.SECTOR, sectors * ImageFile.SECTOR,
                        type == TYPE_LINUX ? Partition.Kind.LINUX : Partition.Kind.OTHER));
            }
        }
        return partitions.isEmpty() ? Optional.empty() : Optional.of(partitions);
    }

    private static List<Partition> gpt(ImageFile image) {
        if (!image.has(ImageFile.SECTOR, "EFI PART")) {
            throw image.bad("has a protective MBR, but no partition table of GPT behind it");
        }
        ByteBuffer header = image.read(ImageFile.SECTOR, ImageFile.SECTOR);
        long table = header.getLong(72);
        int count = header.getInt(80);
        int size = header.getInt(12);
        if (size < HEADER_SIZE || size > ImageFile.SECTOR
                || sum(header, size, HEADER_CRC) != header.getInt(HEADER_CRC)) {
            throw image.bad("has a damaged partition table: the checksum of the GPT header is wrong");
        }
        if (header.getInt(84) != GPT_ENTRY || count < 1 || count > GPT_COUNT) {
            throw image.bad("has a partition table with " + Integer.toUnsignedString(count) + " entries of "
                    + Integer.toUnsignedString(header.getInt(84)) + " bytes: 1 to " + GPT_COUNT + " of " + GPT_ENTRY
                    + " are possible");
        }
        if (table < 2 || table > image.size() / ImageFile.SECTOR) {
            throw image.bad("has a partition table that lies outside the image");
        }
        ByteBuffer entries = image.read(table * ImageFile.SECTOR, count * GPT_ENTRY);
        if (sum(entries, entries.capacity(), -1) != header.getInt(88)) {
            throw image.bad("has a damaged partition table: the checksum of the GPT entries is wrong");
        }
        return entries(entries, count, image.size() / ImageFile.SECTOR);
    }

    private static List<Partition> entries(ByteBuffer entries, int count, long sectors) {
        List<Partition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = i * GPT_ENTRY;
            long first = entries.getLong(at + 32);
            long last = entries.getLong(at + 40);
            boolean used = entries.getLong(at) != 0 || entries.getLong(at + 8) != 0;
            if (used && first > 0 && first <= last && last < sectors) { // Linux, too, leaves out those beyond the disk's end
                partitions.add(new Partition(i + 1, first * ImageFile.SECTOR, (last - first + 1) * ImageFile.SECTOR,
                        kind(entries.getLong(at), entries.getLong(at + 8))));
            }
        }
        return partitions;
    }

    private static Partition.Kind kind(long low, long high) {
        if (low == ROOT[0] && high == ROOT[1]) {
            return Partition.Kind.ROOT;
        }
        return low == LINUX[0] && high == LINUX[1] ? Partition.Kind.LINUX : Partition.Kind.OTHER;
    }

    /** The CRC-32 of the first bytes, with zeros for the four at {@code hole} unless that is negative. */
    private static int sum(ByteBuffer bytes, int length, int hole) {
        CRC32 sum = new CRC32();
        for (int i = 0; i < length; i++) {
            sum.update(hole >= 0 && i >= hole && i < hole + Integer.BYTES ? 0 : bytes.get(i));
        }
        return (int) sum.getValue();
    }
}
