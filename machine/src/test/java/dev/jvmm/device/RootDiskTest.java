package dev.jvmm.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.config.ConfigException;
import dev.jvmm.virtio.block.DiskConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RootDiskTest {
    private static final int SECTOR = 512;
    private static final int SIZE = 1 << 20;
    private static final UUID ROOT = UUID.fromString("4f68bce3-e8cd-4db1-96e7-fbcaf984b709");
    private static final UUID LINUX = UUID.fromString("0fc63daf-8483-4772-8e79-3d69d8477de4");
    private static final UUID SYSTEM = UUID.fromString("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");

    @TempDir
    Path directory;

    private final ByteBuffer image = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);

    @ParameterizedTest
    @CsvSource({ "ext4, rw", "xfs, rw", "btrfs, rw", "squashfs, ro", "erofs, ro" })
    void aFileSystemIsTheWholeDisk(String type, String access) throws IOException {
        format(type, 0);
        assertEquals("root=/dev/vda " + access + " rootfstype=" + type, words());
        assertEquals("root=/dev/vdb ro rootfstype=" + type, RootDisk.of(disk(true)).words("vdb"));
    }

    @Test
    void anMbrGivesItsLargestLinuxPartition() throws IOException {
        mbr(0, 0x83, 8, 8);
        mbr(1, 0x83, 64, 256);
        mbr(3, 0x0C, 512, 1024);
        format("ext4", 64);
        assertEquals("root=/dev/vda2 rw rootfstype=ext4", words());
    }

    @Test
    void aFileSystemNobodyKnowsIsLeftToTheKernel() throws IOException {
        mbr(2, 0x83, 8, 8);
        assertEquals("root=/dev/vda3 rw", words());
    }

    @Test
    void aGptRootComesBeforeALargerPartition() throws IOException {
        gpt(0, SYSTEM, 64, 127);
        gpt(1, LINUX, 128, 1023);
        gpt(4, ROOT, 1024, 1100);
        finishGpt();
        format("xfs", 1024);
        assertEquals("root=/dev/vda5 rw rootfstype=xfs", words());
    }

    @Test
    void withoutAGptRootTheLargestForLinuxIsTaken() throws IOException {
        gpt(0, SYSTEM, 64, 1023);
        gpt(1, LINUX, 1024, 1063);
        gpt(2, LINUX, 1100, 1200);
        finishGpt();
        format("squashfs", 1100);
        assertEquals("root=/dev/vda3 ro rootfstype=squashfs", words());
    }

    @Test
    void aPartitionOfAnotherKindNeedsAFileSystem() throws IOException {
        gpt(0, SYSTEM, 64, 1023);
        gpt(1, UUID.fromString("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"), 1024, 1063);
        finishGpt();
        assertEquals("has 2 partitions, and none is for Linux; with logical ones, name the root yourself: --disk and "
                + "--cmdline root=", mistake());
        format("ext4", 1024);
        assertEquals("root=/dev/vda2 rw rootfstype=ext4", words());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0 | QFI\u00FB | is a qcow2 image: 'qemu-img convert -O raw' makes a raw one",
        "0 | \u00FD7zXZ | is compressed with xz: unpack it first",
        "4086 | SWAPSPACE2 | is swap space",
        "100 | x | has neither partitions nor a file system that is known: ext4, xfs, btrfs, squashfs or erofs" })
    void saysWhatElseAnImageIs(int offset, String characters, String message) throws IOException {
        put(offset, characters);
        assertEquals(message, mistake());
    }

    @Test
    void refusesTablesThatLinuxWouldNotUse() throws IOException {
        gpt(0, ROOT, 64, 1023);
        assertEquals("has a protective MBR, but no partition table of GPT behind it", mistake());
        finishGpt();
        image.put(2 * SECTOR + 60, (byte) 1); // in the first entry's name
        assertEquals("has a damaged partition table: the checksum of the GPT entries is wrong", mistake());
        image.put(SECTOR + 60, (byte) 1); // in the disk's GUID
        assertEquals("has a damaged partition table: the checksum of the GPT header is wrong", mistake());
        image.putInt(SECTOR + 80, -1);
        sumHeader();
        assertEquals("has a partition table with 4294967295 entries of 128 bytes: 1 to 1024 of 128 are possible",
                mistake());
        image.putInt(SECTOR + 80, 8);
        image.putLong(SECTOR + 72, Long.MAX_VALUE);
        sumHeader();
        assertEquals("has a partition table that lies outside the image", mistake());
    }

    @Test
    void refusesAPartitionThatIsNotAllThere() throws IOException {
        mbr(0, 0x83, 64, SIZE / SECTOR);
        assertEquals("ends before its partition 1 does: it may have been cut off", mistake());
    }

    @Test
    void refusesAnEncryptedPartition() throws IOException {
        mbr(0, 0x83, 64, 64);
        put(64 * SECTOR, "LUKS\u00BA\u00BE");
        assertEquals("has a partition 1 that is encrypted (LUKS): boot it with --disk, and an initrd that opens it",
                mistake());
    }

    @Test
    void refusesWhatIsNoDisk() {
        assertTrue(mistakeOf(directory.toString()).endsWith("is neither a file nor a block device"));
        assertTrue(mistakeOf(directory.resolve("none").toString()).contains("can not be read: "));
    }

    /** Bytes at random where tables and superblocks are, with some right ones among them. */
    @Test
    void hostileImagesAreRootsOrMistakes() throws IOException {
        Random random = new Random(7);
        int mistakes = 0;
        for (int round = 0; round < 500; round++) {
            byte[] noise = new byte[SIZE / 8];
            random.nextBytes(noise);
            image.clear().put(noise).clear();
            image.put(4, (byte) 0);
            for (int entry = 0; entry < 4; entry++) {
                mbr(entry, random.nextBoolean() ? 0x83 : random.nextInt(256), random.nextInt(), random.nextInt());
            }
            if (random.nextBoolean()) {
                gpt(random.nextInt(8), random.nextBoolean() ? ROOT : LINUX, random.nextLong(), random.nextLong());
                gpt(random.nextInt(8), LINUX, random.nextInt(4096), random.nextInt(4096));
                finishGpt();
            }
            try {
                words();
            } catch (ConfigException e) {
                mistakes++;
            }
        }
        assertTrue(mistakes > 0 && mistakes < 500, "mistakes: " + mistakes);
    }

    private DiskSpec disk(boolean readOnly) throws IOException {
        Path file = directory.resolve("image");
        Files.write(file, image.array());
        return new DiskSpec(DiskConfig.of(file.toString()).withReadOnly(readOnly));
    }

    private String words() throws IOException {
        return RootDisk.of(disk(false)).words("vda");
    }

    private String mistake() throws IOException {
        DiskSpec disk = disk(false);
        String message = mistakeOf(disk.config().path());
        String prefix = "root disk '" + disk.config().path() + "' ";
        assertTrue(message.startsWith(prefix), message);
        return message.substring(prefix.length());
    }

    private static String mistakeOf(String path) {
        return assertThrows(ConfigException.class, () -> RootDisk.of(new DiskSpec(DiskConfig.of(path)))).getMessage();
    }

    private void put(int offset, String characters) {
        image.put(offset, characters.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void format(String type, int sector) {
        int start = sector * SECTOR;
        switch (type) {
            case "ext4" -> image.putShort(start + 1080, (short) 0xEF53);
            case "xfs" -> put(start, "XFSB");
            case "btrfs" -> put(start + 0x10040, "_BHRfS_M");
            case "squashfs" -> put(start, "hsqs");
            default -> image.putInt(start + 1024, 0xE0F5E1E2);
        }
    }

    private void mbr(int entry, int type, int start, int sectors) {
        int at = 446 + 16 * entry;
        image.put(at + 4, (byte) type);
        image.putInt(at + 8, start);
        image.putInt(at + 12, sectors);
        image.putShort(510, (short) 0xAA55);
    }

    private void gpt(int entry, UUID type, long first, long last) {
        mbr(0, 0xEE, 1, -1);
        int at = 2 * SECTOR + 128 * entry;
        long high = type.getMostSignificantBits();
        image.putInt(at, (int) (high >> 32)).putShort(at + 4, (short) (high >> 16)).putShort(at + 6, (short) high);
        image.putLong(at + 8, Long.reverseBytes(type.getLeastSignificantBits()));
        image.putLong(at + 32, first).putLong(at + 40, last);
    }

    private void finishGpt() {
        put(SECTOR, "EFI PART");
        image.putInt(SECTOR + 12, 92).putLong(SECTOR + 72, 2).putInt(SECTOR + 80, 8).putInt(SECTOR + 84, 128);
        image.putInt(SECTOR + 88, sum(2 * SECTOR, 8 * 128));
        sumHeader();
    }

    private void sumHeader() {
        image.putInt(SECTOR + 16, 0);
        image.putInt(SECTOR + 16, sum(SECTOR, 92));
    }

    private int sum(int start, int length) {
        CRC32 sum = new CRC32();
        sum.update(image.array(), start, length);
        return (int) sum.getValue();
    }
}
