package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.testing.NinepDriver;
import dev.jvmm.virtio.testing.NinepDriver.Held;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** Extended attributes and locks, and the limits of a client. */
final class ValuesAndLocksTest extends ServerFixture {
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int NONE = 2;
    private static final int GRANTED = 0;
    private static final int BLOCKED = 1;

    /** P9_LOCK_FLAGS_BLOCK. */
    private static final int BLOCK = 1;

    private static UserDefinedFileAttributeView attributes(Path file) {
        return Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    }

    private Path file() throws IOException {
        Path file = Files.writeString(root.resolve("f"), "text");
        try {
            attributes(file).write("probe", ByteBuffer.allocate(1));
            attributes(file).delete("probe");
        } catch (IOException e) {
            assumeTrue(false, "no extended attributes of users on this file system");
        }
        driver.walk(0, 1, "f");
        return file;
    }

    private byte[] value(int fid, String name) {
        int size = (int) driver.xattrwalk(fid, 90, name);
        byte[] value = driver.read(90, 0, 1 << 17);
        assertEquals(size, value.length);
        driver.clunk(90);
        return value;
    }

    private void set(int fid, String name, byte[] value, int flags) {
        driver.walk(fid, 91);
        driver.xattrcreate(91, name, value.length, flags);
        for (int at = 0; at < value.length; at += 1000) {
            int end = Math.min(value.length, at + 1000);
            driver.write(91, at, java.util.Arrays.copyOfRange(value, at, end));
        }
        driver.clunk(91);
    }

    @Test
    void attributesAreReadSetAndRemoved() throws IOException {
        Path file = file();
        byte[] value = bytes(3000, 1);
        set(1, "user.big", value, 0);
        set(1, "user.empty", new byte[0], 0);
        assertEquals(Set.of("big", "empty"), Set.copyOf(attributes(file).list()));
        assertArrayEquals(value, value(1, "user.big"));
        assertArrayEquals(new byte[0], value(1, "user.empty"));
        assertEquals(new TreeSet<>(Set.of("user.big", "user.empty")),
                new TreeSet<>(List.of(new String(value(1, "")).split("\0"))));
        refused(Errno.EEXIST, () -> set(1, "user.big", value, 1));
        refused(Errno.ENODATA, () -> set(1, "user.other", value, 2));
        set(1, "user.big", new byte[0], 2);
        assertEquals(List.of("empty"), attributes(file).list());
        refused(Errno.ENODATA, () -> driver.xattrwalk(1, 9, "user.big"));
        refused(Errno.EBADF, () -> driver.getattr(91));
    }

    @Test
    void attributesThatAreCutOrTooLongAreNotSet() throws IOException {
        Path file = file();
        driver.walk(1, 5);
        driver.xattrcreate(5, "user.a", 100, 0);
        driver.write(5, 0, bytes(99, 1));
        refused(Errno.ENOSPC, () -> driver.write(5, 99, bytes(2, 1)));
        refused(Errno.ENOSPC, () -> driver.write(5, -1, bytes(2, 1)));
        refused(Errno.EBADF, () -> driver.read(5, 0, 10));
        refused(Errno.EINVAL, () -> driver.walk(5, 6));
        refused(Errno.EINVAL, () -> driver.open(5, 0));
        refused(Errno.EINVAL, () -> driver.clunk(5));
        driver.walk(1, 5);
        refused(Errno.E2BIG, () -> driver.xattrcreate(5, "user.a", 65537, 0));
        refused(Errno.E2BIG, () -> driver.xattrcreate(5, "user.a", -1, 0));
        refused(Errno.EINVAL, () -> driver.xattrcreate(5, "", 1, 0));
        refused(Errno.EINVAL, () -> driver.xattrcreate(5, "user.a", 1, 3));
        refused(Errno.ERANGE, () -> driver.xattrcreate(5, "user." + "a".repeat(255), 1, 0));
        driver.xattrcreate(5, "user.a", 65536, 0);
        client.reset();
        assertEquals(List.of(), attributes(file).list());
    }

    @Test
    void memoryForValuesIsBounded() throws IOException {
        ClientLimits few = new ClientLimits(100, 10, 100_000, 10);
        file();
        share(ShareConfig.of(root).withLimits(few));
        driver.walk(0, 1, "f");
        driver.walk(0, 2, "f");
        driver.xattrcreate(1, "user.a", 60_000, 0);
        refused(Errno.ENOBUFS, () -> driver.xattrcreate(2, "user.a", 60_000, 0));
        refused(Errno.EINVAL, () -> driver.clunk(1));
        driver.xattrcreate(2, "user.a", 60_000, 0);
    }

    @Test
    void fidsAndOpenFilesAreBounded() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        share(ShareConfig.of(root).withLimits(new ClientLimits(10, 3, 100_000, 10)));
        for (int i = 1; i < 10; i++) {
            driver.walk(0, i, "f");
        }
        refused(Errno.ENFILE, () -> driver.walk(0, 10, "f"));
        refused(Errno.ENFILE, () -> driver.attach(10, 0, ""));
        for (int i = 1; i < 4; i++) {
            driver.open(i, 0);
        }
        refused(Errno.EMFILE, () -> driver.open(4, 0));
        refused(Errno.EMFILE, () -> driver.create(0, "new", 2, 0600, 0));
        assertEquals(3, client.openFileCount());
        driver.clunk(3);
        driver.open(4, 0);
        assertEquals(2, driver.lock(1, READ, 0, 0, 1, "h"), "a lock takes an opening of its own");
        driver.clunk(2);
        assertEquals(GRANTED, driver.lock(1, READ, 0, 0, 1, "h"));
        driver.walk(0, 9 + 1, "f");
    }

    @Test
    void processesExcludeEachOtherAndNotThemselves() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        for (int i = 1; i < 4; i++) {
            driver.walk(0, i, "f");
            driver.open(i, 2);
        }
        assertEquals(GRANTED, driver.lock(1, WRITE, 0, 100, 11, "guest"));
        assertEquals(GRANTED, driver.lock(2, WRITE, 50, 100, 11, "guest"), "the same process by another fid");
        assertEquals(BLOCKED, driver.lock(3, READ, 140, 20, 22, "guest"));
        assertEquals(BLOCKED, driver.lock(3, READ, 0, 0, 11, "other"), "the same number on another machine");
        assertEquals(new Held(WRITE, 0, 150, 0, "guest"), driver.getlock(3, WRITE, 10, 10, 22, "guest"));
        assertEquals(new Held(NONE, 200, 10, 22, "guest"), driver.getlock(3, READ, 200, 10, 22, "guest"));
        assertEquals(GRANTED, driver.lock(2, NONE, 100, 0, 11, "guest"));
        assertEquals(GRANTED, driver.lock(3, READ, 140, 20, 22, "guest"));
        driver.clunk(1);
        assertEquals(BLOCKED, driver.lock(3, READ, 0, 10, 22, "guest"), "the other fid holds it still");
        driver.clunk(2);
        assertEquals(GRANTED, driver.lock(3, READ, 0, 10, 22, "guest"));
        refused(Errno.EINVAL, () -> driver.lock(3, 3, 0, 0, 1, "h"));
        refused(Errno.EINVAL, () -> driver.lock(3, READ, -1, 0, 1, "h"));
        refused(Errno.EBADF, () -> driver.lock(0, READ, 0, 0, 1, "h"));
    }

    @Test
    void locksAreSeenByOtherClientsAndTheHost() throws IOException {
        Path file = Files.writeString(root.resolve("f"), "text");
        driver.walk(0, 1, "f");
        driver.open(1, 2);
        assertEquals(GRANTED, driver.lock(1, WRITE, 0, 0, 1, "a"));
        try (Client second = share.connect()) {
            NinepDriver other = NinepDriver.of(second).start();
            other.walk(0, 1, "f");
            other.open(1, 2);
            assertEquals(BLOCKED, other.lock(1, WRITE, 0, 0, 1, "a"));
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                assertEquals(null, channel.tryLock());
                driver.clunk(1);
                FileLock lock = channel.tryLock();
                assertEquals(BLOCKED, other.lock(1, WRITE, 0, 0, 1, "a"));
                lock.release();
                assertEquals(GRANTED, other.lock(1, WRITE, 0, 0, 1, "a"));
            }
        }
    }

    /**
     * Linux's client takes a lock from one of its processes before it tells the server so, and gives it to the next one, whose request may
     * come first; told that the lock is not free, it would ask again after 30 s.
     */
    @Test
    void aRequestForALockWaitsForTheOneThatFreesIt() throws Exception {
        Files.writeString(root.resolve("f"), "text");
        List<Thread> processes = new ArrayList<>();
        Queue<Integer> results = new ConcurrentLinkedQueue<>();
        for (int i = 1; i < 5; i++) {
            driver.walk(0, i, "f");
            driver.open(i, 2);
            int process = i;
            processes.add(Thread.ofPlatform().unstarted(() -> {
                NinepDriver mine = NinepDriver.of(client);
                for (int round = 0; round < 50; round++) {
                    results.add(mine.lock(process, WRITE, BLOCK, 0, 0, process, "guest"));
                    results.add(mine.lock(process, NONE, BLOCK, 0, 0, process, "guest"));
                }
            }));
        }
        processes.forEach(Thread::start);
        for (Thread process : processes) {
            process.join();
        }
        assertEquals(4 * 50 * 2, results.size());
        assertTrue(results.stream().allMatch(result -> result == GRANTED), results::toString);
    }

    @Test
    void itWaitsForOthersToo() throws Exception {
        Path file = Files.writeString(root.resolve("f"), "text");
        driver.walk(0, 1, "f");
        driver.open(1, 2);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            FileLock lock = channel.lock();
            Thread other = Thread.ofPlatform().start(() -> assertDoesNotThrow(() -> {
                Thread.sleep(50);
                lock.release();
            }));
            assertEquals(GRANTED, driver.lock(1, WRITE, BLOCK, 0, 0, 1, "a"));
            other.join();
            assertEquals(GRANTED, driver.lock(1, NONE, 0, 0, 0, 1, "a"));
        }
    }

    /** But not for ever. */
    @Test
    void itIsToldInTheEnd() throws Exception {
        Path file = Files.writeString(root.resolve("f"), "text");
        driver.walk(0, 1, "f");
        driver.open(1, 2);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE); FileLock lock = channel.lock()) {
            assertEquals(BLOCKED, driver.lock(1, WRITE, BLOCK, 0, 0, 1, "a"));
            assertTrue(lock.isValid());
        }
    }

    @Test
    void aReadOnlyShareHasLocksForReading() throws IOException {
        Path file = Files.writeString(root.resolve("f"), "text");
        share(ShareConfig.of(root).withReadOnly(true));
        driver.walk(0, 1, "f");
        driver.open(1, 0);
        assertEquals(GRANTED, driver.lock(1, WRITE, 0, 0, 1, "a"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            assertEquals(null, channel.tryLock());
        }
        assertThrows(NinepDriver.Refused.class, () -> driver.open(1, 1));
    }
}
