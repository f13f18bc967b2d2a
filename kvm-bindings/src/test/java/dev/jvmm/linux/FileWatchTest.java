package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class FileWatchTest {
    private static final int MOST_DRAINS = 10_000;

    @TempDir
    Path folder;

    @Test
    void hearsOfWritesAndOfEachChangeOfLength() throws IOException, InterruptedException {
        Path path = Files.write(folder.resolve("file"), new byte[10_000]);
        try (FileDescriptor file = FileDescriptor.open(path.toString(), FileDescriptor.O_RDONLY);
                FileWatch watch = FileWatch.of(file);
                Epoll epoll = Epoll.create(1)) {
            assertEquals(0, epoll.add(watch.number(), Epoll.IN, 1));
            assertEquals(0, epoll.await(0));
            assertFalse(watch.drain());
            Path renamed = Files.move(path, folder.resolve("renamed"));
            try (FileChannel channel = FileChannel.open(renamed, StandardOpenOption.WRITE)) {
                channel.truncate(5_000);
                hears(epoll, watch);
                channel.write(ByteBuffer.allocate(1), 9_999);
                hears(epoll, watch);
            }
            assertEquals(0, new ProcessBuilder("truncate", "-s", "100", renamed.toString()).start().waitFor());
            hears(epoll, watch);
            Files.write(renamed, new byte[0]);
            hears(epoll, watch);
            Files.readAllBytes(renamed);
            assertFalse(watch.drain(), "reading changes nothing");
        }
    }

    private static void hears(Epoll epoll, FileWatch watch) {
        assertEquals(1, epoll.await((int) TimeUnit.SECONDS.toMillis(20)));
        assertTrue(watch.drain());
        for (int i = 0; watch.drain(); i++) {
            assertTrue(i < MOST_DRAINS);
        }
        assertEquals(0, epoll.await(0));
    }

    @Test
    void whatIsNotOpenIsRefused() {
        FileDescriptor none = new FileDescriptor(1 << 30);
        assertEquals(Errno.ENOENT, assertThrows(SystemCallException.class, () -> FileWatch.of(none)).errno());
    }
}
