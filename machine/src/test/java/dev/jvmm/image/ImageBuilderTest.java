package dev.jvmm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole images, made and looked into by e2fsprogs. */
class ImageBuilderTest {
    private static final long SIZE = 128L << 20;

    @TempDir
    Path folder;

    @BeforeAll
    static void needsTools() {
        if ("1".equals(System.getenv("JVMM_REQUIRE_KVM"))) {
            assertTrue(ImageBuilder.available(), "e2fsprogs are needed: apt-get install e2fsprogs");
        }
        Assumptions.assumeTrue(ImageBuilder.available(), "no e2fsprogs here: apt-get install e2fsprogs");
    }

    private Path tarball() throws IOException {
        TarWriter tar = new TarWriter().folder("./", 0755).folder("bin", 0751).file("bin/sh", 04755, 1000, "#!x\n")
                .link('1', "bin/ash", "bin/sh").link('2', "sbin", "bin").device('3', "dev/null", 1, 3)
                .file("with \"quotes\" and <8>", 0600, 70000, "q").file("<2>", 0640, 0, "")
                .file("\u00C3\u00A4\u00FF", 0644, 0, "odd").pax("SCHILY.xattr.security.capability", "\1\0\0\2 \0")
                .file("ping", 0755, 0, "p").file("large", 0644, 0, "0123456789ABCDEF".repeat(1 << 16));
        return Files.write(folder.resolve("root.tar"), tar.bytes());
    }

    private ImageBuilder.Made build(Path from, Path out) {
        return ImageBuilder.build(new ImageBuilder.Request(from, 0, out, false), ImageProgress.NONE);
    }

    private static String debugfs(Path image, String command) throws IOException {
        StringBuilder all = new StringBuilder();
        new ToolRun("debugfs", List.of("-R", command, image + "?offset=" + KataLayout.ROOT))
                .run(line -> all.append(line).append('\n'));
        return all.toString();
    }

    @Test
    void aTarballBecomesAnImage() throws IOException {
        Path image = folder.resolve("out.img");
        ImageBuilder.Made made = build(tarball(), image);
        assertEquals(SIZE, made.size());
        assertEquals(SIZE, Files.size(image));
        assertEquals(List.of(), ImageInspection.of(image).problems());
        String bin = debugfs(image, "ls -l /bin");
        assertTrue(bin.contains("104755 (1)   1000   1000       4  9-Sep-2001 01:46 sh"), bin);
        assertTrue(bin.contains("ash"), bin);
        assertTrue(debugfs(image, "stat /bin/sh").contains("Links: 2"));
        assertTrue(debugfs(image, "stat /bin").contains("Mode:  0751"));
        String root = debugfs(image, "ls -l /");
        assertTrue(root.contains("100600 (1)  70000  70000       1  9-Sep-2001 01:46 with \"quotes\" and <8>"), root);
        assertTrue(root.contains("<2>") && root.contains("\\xc3\\xa4\\xff"), root);
        assertTrue(debugfs(image, "stat /sbin").contains("Fast link dest: \"bin\""));
        assertTrue(debugfs(image, "stat /dev/null").contains("Device major/minor number: 01:03"));
        String attribute = debugfs(image, "ea_get -x /ping security.capability");
        assertTrue(attribute.contains("01 00 00 02 20 00"), attribute);
        assertEquals("#!x\n", debugfs(image, "cat /bin/sh"));
        assertEquals("0123456789ABCDEF".repeat(1 << 16) + "\n", debugfs(image, "cat /large"));
    }

    @Test
    void equalFilesMakeEqualImages() throws IOException {
        Path first = folder.resolve("first.img");
        Path second = folder.resolve("second.img");
        Path tarball = tarball();
        build(tarball, first);
        Path moved = Files.move(tarball, folder.resolve("moved.tar"));
        Files.setLastModifiedTime(moved, FileTime.fromMillis(0));
        build(moved, second);
        assertEquals(-1, Files.mismatch(first, second));
    }

    @Test
    void aFolderBecomesTheSameWhateverTheOrderOfItsMaking() throws IOException {
        List<Path> images = new ArrayList<>();
        for (boolean backwards : new boolean[]{ false, true }) {
            Path tree = Files.createDirectory(folder.resolve("tree" + backwards));
            for (int i = 0; i < 50; i++) {
                Path file = tree.resolve("f" + (backwards ? 49 - i : i));
                Files.writeString(file, file.getFileName().toString());
                Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
            }
            Files.setLastModifiedTime(tree, FileTime.fromMillis(1_000_000_000_000L));
            Path image = folder.resolve(backwards + ".img");
            build(tree, image);
            images.add(image);
        }
        assertEquals(-1, Files.mismatch(images.get(0), images.get(1)));
        assertTrue(debugfs(images.get(0), "cat /f17").startsWith("f17"));
    }

    @Test
    void leavesNothingWhereItFails() throws IOException {
        Path tarball = tarball();
        byte[] bytes = Files.readAllBytes(tarball);
        bytes[bytes.length / 2] ^= 1;
        Files.write(tarball, Arrays.copyOf(bytes, bytes.length / 2));
        Path image = folder.resolve("out.img");
        String message = assertThrows(ImageException.class, () -> build(tarball, image)).getMessage();
        assertTrue(message.contains("cut off"), message);
        assertFalse(Files.exists(image));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(tarball), left.toList());
        }
    }

    @Test
    void replacesOnlyWhenTold() throws IOException {
        Path image = Files.writeString(folder.resolve("out.img"), "mine");
        Path tarball = tarball();
        String message = assertThrows(ImageException.class, () -> build(tarball, image)).getMessage();
        assertTrue(message.contains("is there already"), message);
        assertEquals("mine", Files.readString(image, StandardCharsets.UTF_8));
        ImageBuilder.build(new ImageBuilder.Request(tarball, 2 * SIZE, image, true), ImageProgress.NONE);
        assertEquals(2 * SIZE, Files.size(image));
        assertEquals(List.of(), ImageInspection.of(image).problems());
    }

    @Test
    void saysWhatItCanNotMake() throws IOException {
        Path out = folder.resolve("out.img");
        Path tarball = tarball();
        assertTrue(assertThrows(ImageException.class, () -> ImageBuilder.build(
                new ImageBuilder.Request(tarball, 100 << 20, out, false), ImageProgress.NONE)).getMessage()
                .contains("give 128 MiB"));
        assertTrue(assertThrows(ImageException.class, () -> build(folder.resolve("none"), out)).getMessage()
                .contains("not there"));
        Path huge = Files.createDirectory(folder.resolve("huge"));
        try (RandomAccessFile file = new RandomAccessFile(huge.resolve("f").toFile(), "rw")) {
            file.setLength(1L << 30);
        }
        assertTrue(assertThrows(ImageException.class, () -> ImageBuilder.build(
                new ImageBuilder.Request(huge, SIZE, out, false), ImageProgress.NONE)).getMessage()
                .contains("do not fit"));
    }
}
