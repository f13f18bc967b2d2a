package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.device.RootSpec.Via;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A guest's root: the device it comes by, and what the guest is told of it.
 *
 * @param spec the virtio device, which must be the first of its kind
 * @param nvdimm or the NVDIMM, which must be the first
 * @param kernelWords for a kernel that mounts it: {@code root=/dev/vda1 ro rootfstype=ext4}
 * @param initWords for jvmm's own init, which mounts it ({@code guest-kernel/initramfs/root.c})
 */
public record RootDevice(Optional<DeviceSpec> spec, Optional<NvdimmSpec> nvdimm, String kernelWords, String initWords) {
    private static final String TAG = "root";
    private static final String EXT4 = "ext4";

    /** What memory is added to a guest in. */
    private static final long MEMORY_UNIT = 2L << 20;

    private static final int PAGE = 4096;
    private static final int EXT4_BLOCK_SIZE = 1024 + 0x18;
    private static final int BLOCK_IS_PAGE = 2;

    /**
     * What is known of the guest's kernel.
     *
     * @param best the way for an image that can be mapped. Of two that can, virtio-pmem is the better: it needs no ACPI, a flush does
     *        not hold up a processor, and a file that fails is an error for the guest and not the machine's end
     * @param ours whether it is jvmm's own, which knows ext4 alone
     */
    public record Guest(Via best, boolean ours) {
        /** A kernel that nothing is known of. */
        public static final Guest UNKNOWN = new Guest(Via.BLK, false);
    }

    /**
     * The device for a folder, an image or a block device.
     *
     * @throws ConfigException when that is no root, or does not go with the way that was asked for
     */
    public static RootDevice of(RootSpec root, Guest guest) {
        if (Files.isDirectory(Path.of(root.path()))) {
            return ofFolder(root);
        }
        if (root.via() == Via.NINEP) {
            throw bad(root, "is no folder, and only a folder comes via=9p");
        }
        try (ImageFile image = ImageFile.open(root.path())) {
            return ofImage(root, guest, image);
        }
    }

    private static ConfigException bad(RootSpec root, String why) {
        return new ConfigException("root '" + root.path() + "' " + why);
    }

    private static RootDevice ofFolder(RootSpec root) {
        if (root.via() != Via.AUTO && root.via() != Via.NINEP) {
            throw bad(root, "is a folder, which comes via=9p; 'jvmm image build' makes an image of one");
        }
        DeviceSpec share = device(root, Via.NINEP.kind(), "tag=" + TAG + ",");
        // Below an overlay nobody changes it, so what was read once stays true.
        String options = "trans=virtio,version=9p2000.L,msize=512000,access=client,cache="
                + (root.writable() ? "mmap" : "loose");
        return new RootDevice(Optional.of(share), Optional.empty(),
                "root=" + TAG + access(root) + " rootfstype=9p rootflags=" + options,
                initWords(root, TAG, "9p") + " JVMM_ROOT_FLAGS=" + options);
    }

    private static RootDevice ofImage(RootSpec root, Guest guest, ImageFile image) {
        RootDisk disk = RootDisk.of(image, !root.writable());
        String type = disk.fileSystem().orElse(EXT4);
        if (disk.readOnly() && root.writable()) {
            throw bad(root,
                    "is " + type + ", which nobody can write to: leave out rw, and what is written goes to memory");
        }
        if (guest.ours() && !type.equals(EXT4)) {
            throw bad(root, "is " + type + ", and jvmm's own kernel knows ext4 alone: give a kernel with --kernel");
        }
        boolean mapped = canMap(image, disk);
        Via via = root.via();
        if (via == Via.AUTO) {
            via = mapped && root.rest().isEmpty() ? guest.best() : Via.BLK;
        }
        Optional<DeviceSpec> device = via == Via.NVDIMM ? Optional.empty()
                : Optional.of(device(root, via.kind(), ""));
        Optional<NvdimmSpec> nvdimm = via == Via.NVDIMM ? Optional.of(NvdimmSpec.parse(text(root))) : Optional.empty();
        if (via == Via.BLK) {
            String source = "/dev/vda" + (disk.partition() == 0 ? "" : Integer.toString(disk.partition()));
            return new RootDevice(device, nvdimm, disk.words("vda"), initWords(root, source, type));
        }
        String memory = disk.partition() == 0 ? "pmem0" : "pmem0p";
        String source = "/dev/" + memory + (disk.partition() == 0 ? "" : Integer.toString(disk.partition()));
        return new RootDevice(device, nvdimm, disk.words(memory) + (mapped ? " rootflags=dax" : ""),
                initWords(root, source, type) + (mapped ? " JVMM_ROOT_DAX=1" : ""));
    }

    /** Whether ext4 can map its blocks: they are pages, and the image is made of what memory is added in. */
    private static boolean canMap(ImageFile image, RootDisk disk) {
        return disk.fileSystem().orElse("").equals(EXT4) && image.size() % MEMORY_UNIT == 0
                && disk.start() % PAGE == 0
                && image.read(disk.start() + EXT4_BLOCK_SIZE, Integer.BYTES).getInt(0) == BLOCK_IS_PAGE;
    }

    private static DeviceSpec device(RootSpec root, String kind, String head) {
        return DeviceSpec.parse(kind, head + text(root));
    }

    private static String text(RootSpec root) {
        return "path=" + OptionText.escaped(root.path()) + (root.writable() ? "" : ",ro")
                + (root.rest().isEmpty() ? "" : "," + root.rest());
    }

    private static String access(RootSpec root) {
        return root.writable() ? " rw" : " ro";
    }

    private static String initWords(RootSpec root, String source, String type) {
        return "JVMM_ROOT=" + source + " JVMM_ROOT_TYPE=" + type + (root.writable() ? " JVMM_ROOT_RW=1" : "");
    }
}
