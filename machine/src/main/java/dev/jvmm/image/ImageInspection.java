package dev.jvmm.image;

import dev.jvmm.config.MemorySize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is in an image, as far as that can be told from outside its file system.
 *
 * @param facts in their order
 * @param problems what keeps it from being a root by one of the ways; nothing when all is well
 */
public record ImageInspection(List<Fact> facts, List<String> problems) {
    /** Something that holds of the image. */
    public record Fact(String name, String value) {}

    /** Copies the lists. */
    public ImageInspection {
        facts = List.copyOf(facts);
        problems = List.copyOf(problems);
    }

    /**
     * Looks into a file.
     *
     * @throws ImageException when it can not be read
     */
    public static ImageInspection of(Path path) {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            return of(new FileBytes(file, file.size()));
        } catch (IOException | UncheckedReadException e) {
            throw new ImageException("'" + path + "' can not be read: " + e.getMessage(), e);
        }
    }

    static ImageInspection of(ImageBytes image) {
        Look look = new Look(image);
        look.all();
        return new ImageInspection(look.facts, look.problems);
    }

    private static final class UncheckedReadException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UncheckedReadException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private record FileBytes(FileChannel file, long size) implements ImageBytes {
        @Override
        public ByteBuffer read(long offset, int length) {
            ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            try {
                while (offset >= 0 && bytes.hasRemaining() && file.read(bytes, offset + bytes.position()) >= 0) {
                    continue;
                }
            } catch (IOException e) {
                throw new UncheckedReadException(e);
            }
            return bytes.clear();
        }
    }

    /** One look into one image. */
    private static final class Look {
        private static final int ENTRIES = 446;
        private static final int ENTRY = 16;
        private static final int LINUX = 0x83;
        private static final int PROTECTIVE = 0xEE;

        private final ImageBytes image;
        private final List<Fact> facts = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();

        Look(ImageBytes image) {
            this.image = image;
        }

        /** A partition, in bytes from the beginning of the image. */
        private record Place(long start, long size) {
            @Override
            public String toString() {
                return "Linux, at " + MemorySize.format(start) + ", " + MemorySize.format(size);
            }
        }

        void all() {
            fact("size", MemorySize.format(image.size()));
            if (image.size() == 0 || image.size() % KataLayout.UNIT != 0) {
                problems.add("the size is no multiple of 128 MiB, which is how Linux adds persistent memory");
            }
            Optional<Ext4Info> whole = Ext4Info.read(image, 0);
            if (whole.isPresent()) {
                fact("layout", "a file system without partitions");
                fileSystem(whole.get(), new Place(0, image.size()));
                return;
            }
            Optional<Place> disk = partition("as a disk", 0);
            Optional<Place> memory = persistentMemory();
            if (disk.isPresent() && memory.isPresent() && !disk.equals(memory)) {
                problems.add("the two partition tables are not of the same partition");
            }
            Optional<Place> root = disk.isPresent() ? disk : memory;
            if (root.isEmpty()) {
                problems.add("there is neither a partition for Linux nor an ext4 file system");
                return;
            }
            Optional<Ext4Info> found = Ext4Info.read(image, root.get().start);
            if (found.isPresent()) {
                fileSystem(found.get(), root.get());
            } else {
                problems.add("the partition has no ext4 file system");
            }
        }

        private void fact(String name, String value) {
            facts.add(new Fact(name, value));
        }

        private Optional<Place> partition(String name, long table) {
            ByteBuffer bytes = image.read(table, KataLayout.SECTOR);
            if (bytes.getShort(KataLayout.SECTOR - 2) != (short) 0xAA55) {
                problems.add(name + " it has no partition table (MBR at " + MemorySize.format(table) + ")");
                return Optional.empty();
            }
            int type = bytes.get(ENTRIES + 4) & 0xFF;
            long start = Integer.toUnsignedLong(bytes.getInt(ENTRIES + 8)) * KataLayout.SECTOR + table;
            long size = Integer.toUnsignedLong(bytes.getInt(ENTRIES + 12)) * KataLayout.SECTOR;
            if (type != LINUX) {
                problems.add(name + " its first partition is not for Linux" + (type == PROTECTIVE
                        ? ": it has a GPT, which the layout of Kata's images has no room for"
                        : ""));
                return Optional.empty();
            }
            Place place = new Place(start, size);
            fact(name, "partition 1: " + place);
            if (size == 0 || start > image.size() || size > image.size() - start) {
                problems.add(name + " its partition ends behind the image, which may have been cut off");
            }
            for (int i = 1; i < 4; i++) {
                if (bytes.get(ENTRIES + i * ENTRY + 4) != 0) {
                    fact(name, "partition " + (i + 1) + " is there, too");
                }
            }
            return Optional.of(place);
        }

        private Optional<Place> persistentMemory() {
            ByteBuffer block = image.read(KataLayout.INFO, KataLayout.BLOCK);
            Optional<PfnInfo> found = PfnInfo.read(block);
            if (found.isEmpty()) {
                problems.add("as persistent memory it has no info block (nd_pfn_sb at 4 KiB)");
                return Optional.empty();
            }
            PfnInfo info = found.get();
            fact("info block", "version " + info.major() + "." + info.minor() + ", data at "
                    + MemorySize.format(info.data()) + ", " + Long.toUnsignedString(info.pages())
                    + " pages, aligned to " + MemorySize.format(Integer.toUnsignedLong(info.align()))
                    + ", books in " + (info.mode() == PfnInfo.MODE_RAM ? "RAM"
                            : info.mode() == PfnInfo.MODE_PMEM ? "the memory itself" : "mode " + info.mode()));
            if (!PfnInfo.sumIsRight(block)) {
                problems.add("the info block is damaged: its checksum is wrong");
            }
            if (info.parent().getMostSignificantBits() != 0 || info.parent().getLeastSignificantBits() != 0) {
                problems.add("the info block belongs to a labelled namespace: a kernel uses it with those labels only");
            }
            if (info.data() != KataLayout.DATA) {
                problems.add("the info block says that the data is not at 2 MiB, where Kata's images have it");
            }
            if (info.pages() > 0 && info.pages() > (image.size() - KataLayout.DATA) / KataLayout.BLOCK) {
                problems.add("the info block tells of more pages than the image has; it may have been cut off");
            }
            return info.data() > 0 && info.data() < image.size() && info.data() % KataLayout.BLOCK == 0
                    ? partition("as persistent memory", info.data())
                    : Optional.empty();
        }

        private void fileSystem(Ext4Info found, Place place) {
            fact("file system", found.kind() + (found.label().isEmpty() ? "" : " '" + found.label() + "'") + ", "
                    + found.id());
            fact("room", Long.toUnsignedString(found.blocks()) + " blocks of " + found.block() + " bytes, "
                    + Long.toUnsignedString(found.freeBlocks()) + " of them free; " + found.inodes() + " inodes, "
                    + found.freeInodes() + " of them free");
            fact("made", Instant.ofEpochSecond(found.made()).toString());
            problems.addAll(found.problems(Math.max(0, Math.min(place.size, image.size() - place.start))));
        }
    }
}
