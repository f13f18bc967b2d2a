package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UserCacheTest {
    @TempDir
    private Path folder;

    private final List<String> notices = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({ "0, 0", "1, 1", "5k, 5120", "512M, 536870912", "2G, 2147483648", "1T, 1099511627776" })
    void readsALimit(String text, long bytes) {
        assertEquals(bytes, UserCache.limit(text, notices::add));
        assertEquals(List.of(), notices);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "G", "-1", "+1", "1.5G", "9223372036854775807K", "much" })
    void tellsOfALimitThatIsNone(String text) {
        assertEquals(UserCache.DEFAULT_LIMIT, UserCache.limit(text, notices::add));
        assertEquals(1, notices.size());
    }

    private Path file(String name, int days) throws IOException {
        FileTime time = FileTime.fromMillis(System.currentTimeMillis() - days * 24L * 3_600_000);
        Path file = Files.write(folder.resolve(name), new byte[10_000]);
        Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(time, time, time);
        return file;
    }

    @Test
    void removesImagesThatNobodyReads() throws IOException {
        String hash = "0123456789abcdef".repeat(4);
        file("vmlinux-" + hash, 31);
        file("vmlinux-" + hash.replace('0', '1'), 29);
        file("initramfs.cpio-" + hash, 31);
        file("initramfs.cpio-" + hash.replace('0', '1'), 31);
        file("initramfs.cpio-" + hash + "123.partial", 2);
        file("vmlinux-" + hash + "123.partial", 0);
        file("vmlinux-6.1.0", 31);
        file("notes", 31);
        Path target = file("target", 31);
        Files.createSymbolicLink(folder.resolve("vmlinux-" + hash.replace('0', '2')), target);
        Pruned pruned = UserCache.pruneImages(folder, Set.of("initramfs.cpio-" + hash.replace('0', '1')));
        assertEquals(List.of("initramfs.cpio-" + hash, "initramfs.cpio-" + hash + "123.partial", "vmlinux-" + hash),
                pruned.names());
        assertTrue(pruned.bytes() >= 30_000);
        assertEquals(List.of(),
                UserCache.pruneImages(folder, Set.of("initramfs.cpio-" + hash.replace('0', '1'))).names());
        assertEquals(new Pruned(List.of(), 0), UserCache.pruneImages(folder.resolve("none"), Set.of()));
    }

    @Test
    void isWhereTheUserWantsIt() {
        assertTrue(UserCache.templates().isAbsolute());
        assertTrue(UserCache.templates().startsWith(UserCache.images()));
    }
}
