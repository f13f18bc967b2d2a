package dev.jvmm.device;

import java.util.List;
import java.util.Optional;

/** The file systems that a root can be on, told by what stands in their superblocks. */
enum FileSystemType {
    /** Also ext2 and ext3, which the same driver mounts. */
    EXT4("ext4", false, 1024 + 0x38, "\u0053\u00EF"), // s_magic, 0xEF53
    XFS("xfs", false, 0, "XFSB"),
    BTRFS("btrfs", false, 0x10000 + 0x40, "_BHRfS_M"),
    SQUASHFS("squashfs", true, 0, "hsqs"),
    EROFS("erofs", true, 1024, "\u00E2\u00E1\u00F5\u00E0"); // 0xE0F5E1E2

    /** Things that are no root, but that people have in their files; their marks, and what to do. */
    private static final List<Other> OTHERS = List.of(
            new Other(0, "QFI\u00FB", "a qcow2 image: 'qemu-img convert -O raw' makes a raw one"),
            new Other(0, "KDMV", "a VMDK image: 'qemu-img convert -O raw' makes a raw one"),
            new Other(0, "vhdxfile", "a VHDX image: 'qemu-img convert -O raw' makes a raw one"),
            new Other(0, "conectix", "a VHD image: 'qemu-img convert -O raw' makes a raw one"),
            new Other(64, "\u007F\u0010\u00DA\u00BE", "a VDI image: 'qemu-img convert -O raw' makes a raw one"),
            new Other(0, "\u001F\u008B", "compressed with gzip: unpack it first"),
            new Other(0, "\u00FD7zXZ", "compressed with xz: unpack it first"),
            new Other(0, "\u0028\u00B5\u002F\u00FD", "compressed with zstd: unpack it first"),
            new Other(0, "LUKS\u00BA\u00BE", "encrypted (LUKS): boot it with --disk, and an initrd that opens it"),
            new Other(512, "LABELONE", "an LVM volume: boot it with --disk, and an initrd that finds it"),
            new Other(4086, "SWAPSPACE2", "swap space"),
            new Other(0, "\u007FELF", "a program or kernel"),
            new Other(32769, "CD001", "an ISO 9660 image: boot it with --disk, and the initrd that belongs to it"));

    private record Other(int offset, String magic, String what) {}

    private final String driver;
    private final boolean readOnly;
    private final int offset;
    private final String magic;

    FileSystemType(String driver, boolean readOnly, int offset, String magic) {
        this.driver = driver;
        this.readOnly = readOnly;
        this.offset = offset;
        this.magic = magic;
    }

    /** What {@code rootfstype=} takes. */
    String driver() {
        return driver;
    }

    /** Whether nobody can write to one. */
    boolean readOnly() {
        return readOnly;
    }

    /** What begins at an offset of an image, if it is one of these. */
    static Optional<FileSystemType> at(ImageFile image, long start) {
        for (FileSystemType type : values()) {
            if (image.has(start + type.offset, type.magic)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** What else begins at an offset, for a message: {@code "swap space"}; empty if that is unknown, too. */
    static Optional<String> otherAt(ImageFile image, long start) {
        for (Other other : OTHERS) {
            if (image.has(start + other.offset, other.magic)) {
                return Optional.of(other.what);
            }
        }
        return Optional.empty();
    }
}
