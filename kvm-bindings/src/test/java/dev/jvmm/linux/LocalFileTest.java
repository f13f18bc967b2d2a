package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalFileTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    private Path folder;

    private LocalFile directory() {
        return LocalFile.open(folder.toString(), LocalFile.O_DIRECTORY);
    }

    @Test
    void saysWhatJavaSays() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[5000]);
        try (LocalFile opened = LocalFile.open(file.toString(), LocalFile.O_NOFOLLOW); LocalFile parent = directory()) {
            FileStatus status = opened.status();
            assertEquals(Files.getAttribute(file, "unix:dev"), status.device());
            assertEquals(Files.getAttribute(file, "unix:ino"), status.inode());
            assertEquals(Files.getAttribute(file, "unix:nlink"), (int) status.links());
            assertEquals(Files.getAttribute(file, "unix:mode"), status.mode());
            assertEquals(Files.getAttribute(file, "unix:uid"), status.owner());
            assertEquals(LocalFile.ownUser(), status.owner());
            assertEquals(5000, status.size());
            assertEquals(Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS), status.modified());
            assertTrue(status.isRegular());
            assertFalse(parent.status().isRegular());
        }
    }

    @Test
    void writesSparselyAndReadsBack() {
        try (LocalFile parent = directory(); LocalFile file = parent.createIn("sparse", 0400)) {
            file.resize(SIZE);
            assertEquals(SIZE, file.nextData(0, SIZE));
            file.writeFully(NativeBuffers.allocate(3).put(new byte[]{ 1, 2, 3 }).flip(), SIZE / 2);
            assertTrue(file.nextData(0, SIZE) <= SIZE / 2, "the data comes before the end");
            ByteBuffer read = NativeBuffers.allocate(5);
            file.readFully(read, SIZE / 2 - 1);
            byte[] bytes = new byte[5];
            read.flip().get(bytes);
            assertArrayEquals(new byte[]{ 0, 1, 2, 3, 0 }, bytes);
            assertFalse(file.status().writableByOwner());
            read.clear();
            file.readFully(read, SIZE - 2);
            assertEquals(2, read.position(), "the file ends");
        }
    }

    @Test
    void createsOnceAndFindsByName() {
        try (LocalFile parent = directory()) {
            assertTrue(parent.findIn("name", 0).isEmpty());
            parent.createIn("name", 0600).close();
            parent.findIn("name", LocalFile.O_NOFOLLOW).orElseThrow().close();
            SystemCallException again = assertThrows(SystemCallException.class, () -> parent.createIn("name", 0600));
            assertEquals(Errno.EEXIST, again.errno());
        }
        assertTrue(LocalFile.find(folder + "/none/name", LocalFile.O_CREAT).isEmpty());
    }

    @Test
    void followsNoLinks() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
        SystemCallException refused = assertThrows(SystemCallException.class,
                () -> LocalFile.open(link.toString(), LocalFile.O_NOFOLLOW));
        assertEquals(Errno.ELOOP, refused.errno());
        assertTrue(refused.getMessage().contains("ELOOP"), refused.getMessage());
        refused = assertThrows(SystemCallException.class,
                () -> LocalFile.open(link.toString(), LocalFile.O_NOFOLLOW | LocalFile.O_DIRECTORY));
        assertEquals(Errno.ENOTDIR, refused.errno());
    }

    @Test
    void locksAgainstOtherOpeningsUntilClosed() {
        String lock = folder.resolve("lock").toString();
        try (LocalFile second = LocalFile.open(lock, LocalFile.O_RDWR | LocalFile.O_CREAT)) {
            try (LocalFile first = LocalFile.open(lock, LocalFile.O_RDWR)) {
                assertTrue(first.tryLock());
                assertFalse(second.tryLock());
            }
            assertTrue(second.tryLock());
        }
    }
}
