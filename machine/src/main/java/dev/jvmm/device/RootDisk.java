package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import java.util.List;
import java.util.Optional;

/**
 * Which part of a disk a guest's root file system is on: a partition that GPT calls a root for x86-64, else the largest for Linux, else the
 * largest that holds a file system we know; or the whole disk where there are no partitions.
 *
 * @param partition its number, 0 for the whole disk
 * @param start where it begins on the disk, in bytes
 * @param fileSystem what {@code rootfstype=} takes, where it is known
 * @param readOnly whether the guest can not write there
 */
public record RootDisk(int partition, long start, Optional<String> fileSystem, boolean readOnly) {
    /**
     * Looks into a disk.
     *
     * @throws ConfigException when there is no root on it, saying what is
     */
    public static RootDisk of(DiskSpec disk) {
        try (ImageFile image = ImageFile.open(disk.config().path())) {
            return of(image, disk.config().readOnly());
        }
    }

    static RootDisk of(ImageFile image, boolean readOnly) {
        Optional<FileSystemType> whole = FileSystemType.at(image, 0);
        if (whole.isPresent()) {
            return on(0, 0, whole, readOnly);
        }
        Optional<List<Partition>> partitions = PartitionTable.of(image);
        if (partitions.isEmpty()) {
            throw noRoot(image,
                    "has neither partitions nor a file system that is known: ext4, xfs, btrfs, squashfs or erofs");
        }
        Partition best = best(image, partitions.get());
        if (!best.fits(image)) {
            throw image.bad("ends before its partition " + best.number() + " does: it may have been cut off");
        }
        Optional<String> locked = FileSystemType.otherAt(image, best.start());
        if (locked.isPresent()) {
            throw image.bad("has a partition " + best.number() + " that is " + locked.get());
        }
        return on(best.number(), best.start(), FileSystemType.at(image, best.start()), readOnly);
    }

    private static RootDisk on(int partition, long start, Optional<FileSystemType> type, boolean readOnly) {
        return type.isEmpty()
                ? new RootDisk(partition, start, Optional.empty(), readOnly)
                : new RootDisk(partition, start, Optional.of(type.get().driver()), readOnly || type.get().readOnly());
    }

    private static Partition best(ImageFile image, List<Partition> partitions) {
        Optional<Partition> best = Optional.empty();
        for (Partition partition : partitions) {
            boolean possible = partition.kind() != Partition.Kind.OTHER
                    || FileSystemType.at(image, partition.start()).isPresent();
            if (possible && (best.isEmpty() || partition.isBetterThan(best.get()))) {
                best = Optional.of(partition);
            }
        }
        if (best.isEmpty()) {
            throw noRoot(image, "has " + partitions.size() + (partitions.size() == 1 ? " partition" : " partitions")
                    + ", and none is for Linux; with logical ones, name the root yourself: --disk and --cmdline root=");
        }
        return best.get();
    }

    private static ConfigException noRoot(ImageFile image, String why) {
        Optional<String> other = FileSystemType.otherAt(image, 0);
        return image.bad(other.isPresent() ? "is " + other.get() : why);
    }

    /**
     * What the kernel's line needs: {@code root=/dev/vda1 rw rootfstype=ext4}.
     *
     * @param disk the disk's name in the guest: {@code vda}
     */
    public String words(String disk) {
        return "root=/dev/" + disk + (partition == 0 ? "" : Integer.toString(partition)) + (readOnly ? " ro" : " rw")
                + (fileSystem.isEmpty() ? "" : " rootfstype=" + fileSystem.get());
    }
}
