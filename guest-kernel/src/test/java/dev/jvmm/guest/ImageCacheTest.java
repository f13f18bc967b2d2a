package dev.jvmm.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCacheTest {
    @TempDir
    private Path folder;

    private final byte[] image = "an image\n".repeat(5000).getBytes();
    private byte[] packed;
    private String hash;
    private int opened;

    @BeforeEach
    void pack() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(image);
        }
        packed = bytes.toByteArray();
        hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image));
    }

    private Path unpack(Path... folders) throws IOException {
        return new ImageCache(List.of(folders)).unpacked("vmlinux", hash, () -> {
            opened++;
            return new ByteArrayInputStream(packed);
        });
    }

    @Test
    void unpacksOnceUnderTheNameOfItsHash() throws Exception {
        Path cache = folder.resolve("a/b");
        Path file = unpack(cache);
        assertEquals(cache.resolve("vmlinux-" + hash), file);
        assertArrayEquals(image, Files.readAllBytes(file));
        assertEquals(file, unpack(cache));
        assertEquals(1, opened);
        try (Stream<Path> files = Files.list(cache)) {
            assertEquals(1, files.count(), "nothing partial is left");
        }
    }

    @Test
    void refusesBytesOfAnotherHashAndLeavesNothing() throws Exception {
        hash = "0".repeat(64);
        Path cache = folder.resolve("c");
        assertTrue(assertThrows(IOException.class, () -> unpack(cache)).getMessage().contains("SHA-256"));
        packed = Arrays.copyOf(packed, packed.length / 2);
        assertThrows(IOException.class, () -> unpack(cache));
        try (Stream<Path> files = Files.list(cache)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void goesOnToTheNextFolderWhereOneCanNotBeWritten() throws Exception {
        Path blocked = Files.createFile(folder.resolve("file")).resolve("jvmm");
        Path cache = folder.resolve("next");
        assertEquals(cache, unpack(blocked, cache).getParent());
    }

    @Test
    void trustsNoFolderThatOthersMayWrite() throws Exception {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.writeString(open.resolve("vmlinux-" + hash), "planted");
        Path cache = folder.resolve("own");
        assertEquals(cache, unpack(open, cache).getParent());
    }
}
