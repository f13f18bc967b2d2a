package dev.jvmm.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;

/** Images and tarballs of any content. They may end in an ImageException, and in nothing else. */
class ImageFuzzTest {
    private static final int SUPERBLOCK = 1024;
    private static final int RECORD = 4;

    private final Path folder;

    ImageFuzzTest() throws IOException {
        folder = Files.createTempDirectory("jvmm-fuzz");
    }

    @AfterEach
    void remove() throws IOException {
        Files.deleteIfExists(folder);
    }

    /**
     * The first byte says what it is: a tarball, a whole image that is changed here and there, or bytes at the places that are looked at.
     */
    @FuzzTest(maxDuration = "10m")
    void anyImage(byte[] input) throws IOException {
        if (input.length < 2) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).position(1);
        try {
            switch (input[0] & 3) {
                case 0 -> ImageInspection.of(changed(in));
                case 1 -> ImageInspection.of(placed(in));
                default -> unpack(in);
            }
        } catch (ImageException e) {
            return; // its message is for the user
        }
    }

    private static SparseBytes changed(ByteBuffer in) {
        long size = 128L << 20;
        ByteBuffer[] parts = { KataLayout.partitionTable(KataLayout.ROOT, size - KataLayout.ROOT, 1),
            PfnInfo.of(new UUID(3, 4), size).bytes(),
            KataLayout.partitionTable(1 << 20, size - KataLayout.ROOT, 1), superblock() };
        while (in.remaining() >= RECORD) {
            ByteBuffer part = parts[in.get() & 3];
            int at = Short.toUnsignedInt(in.getShort()) % part.capacity();
            part.put(at, in.get());
        }
        SparseBytes image = new SparseBytes(size);
        image.put(0, parts[0]);
        image.put(KataLayout.INFO, parts[1]);
        image.put(KataLayout.DATA, parts[2]);
        image.put(KataLayout.ROOT + SUPERBLOCK, parts[3]);
        return image;
    }

    private static ByteBuffer superblock() {
        ByteBuffer bytes = ByteBuffer.allocate(SUPERBLOCK).order(ByteOrder.LITTLE_ENDIAN);
        return bytes.putInt(0x18, 2).putInt(4, 32000).putShort(0x38, (short) 0xEF53).putShort(0x3A, (short) 1)
                .putInt(0x60, 0xC0).putInt(0x64, 0x400);
    }

    private static SparseBytes placed(ByteBuffer in) {
        if (in.remaining() < Long.BYTES) {
            return new SparseBytes(0);
        }
        SparseBytes image = new SparseBytes(in.getLong() & Long.MAX_VALUE);
        for (long at : new long[]{ 0, KataLayout.INFO, KataLayout.DATA, SUPERBLOCK, KataLayout.ROOT + SUPERBLOCK }) {
            byte[] bytes = new byte[Math.min(KataLayout.SECTOR, in.remaining())];
            in.get(bytes);
            image.put(at, ByteBuffer.wrap(bytes));
        }
        return image;
    }

    /** Headers get a right checksum where the input has zeros for one, or nothing would come past it. */
    private void unpack(ByteBuffer in) throws IOException {
        TarWriter tar = new TarWriter();
        while (in.hasRemaining()) {
            byte[] header = new byte[KataLayout.SECTOR];
            in.get(header, 0, Math.min(header.length, in.remaining()));
            byte[] content = new byte[Math.min(header[0] & 0xFF, in.remaining())];
            in.get(content);
            tar.raw(header, content);
        }
        try {
            FileTree tree = new TarballReader(Path.of("fuzz"), folder, ImageProgress.NONE)
                    .read(new ByteArrayInputStream(tar.bytes()));
            TreeMeasure.of(tree.root()).identity("");
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
