package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.testing.NinepDriver;
import dev.jvmm.virtio.testing.NinepDriver.Qid;
import dev.jvmm.virtio.testing.NinepDriver.Stat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Agreeing, walking, opening, reading and writing. */
final class CoreTest extends ServerFixture {
    private static final int O_RDWR = 2;

    @Test
    void versionAgreesOnTheShorterMessages() {
        assertEquals(ShareConfig.MOST_MSIZE, driver.version(-1));
        assertEquals(8192, driver.version(8192));
        refused(Errno.EMSGSIZE, () -> driver.version(4095));
        share(ShareConfig.of(root).withMsize(65536));
        assertEquals(65536, driver.version(NinepDriver.MSIZE));
    }

    @Test
    void versionForgetsAllFids() {
        driver.walk(0, 1);
        assertEquals(2, client.fidCount());
        driver.version(8192);
        assertEquals(0, client.fidCount());
        refused(Errno.EBADF, () -> driver.getattr(0));
    }

    @Test
    void anotherDialectIsUnknown() {
        ByteBuffer answer = driver.begin(100).i32(8192).text("9P2000.u").call();
        assertEquals(8192, answer.getInt());
        assertEquals(7, answer.getShort());
        refused(Errno.EPROTO, () -> driver.attach(0, 0, ""));
    }

    @Test
    void authIsRefused() {
        refused(Errno.EOPNOTSUPP, () -> driver.begin(102).i32(9).text("root").text("").i32(0).call());
        refused(Errno.EOPNOTSUPP, () -> driver.begin(104).i32(5).i32(9).text("root").text("").i32(0).call());
    }

    @Test
    void attachesBelowTheRootOnly() throws IOException {
        Files.createDirectories(root.resolve("a/b"));
        Files.createSymbolicLink(root.resolve("out"), folder);
        Qid below = driver.attach(1, 0, "/a/b");
        assertEquals(below, driver.walk(0, 2, "a", "b").get(1));
        refused(Errno.EXDEV, () -> driver.attach(3, 0, ".."));
        refused(Errno.ELOOP, () -> driver.attach(3, 0, "out"));
        refused(Errno.ENOENT, () -> driver.attach(3, 0, "none"));
        refused(Errno.EINVAL, () -> driver.attach(1, 0, ""));
    }

    @Test
    void walksTellHowFarTheyCame() throws IOException {
        Files.createDirectories(root.resolve("a/b"));
        Files.writeString(root.resolve("a/file"), "x");
        assertEquals(2, driver.walk(0, 1, "a", "b").size());
        assertEquals(1, driver.walk(0, 2, "a", "none").size());
        refused(Errno.EBADF, () -> driver.getattr(2));
        assertEquals(2, driver.walk(0, 2, "a", "file", "c").size());
        refused(Errno.ENOENT, () -> driver.walk(0, 2, "none"));
        refused(Errno.EINVAL, () -> driver.walk(0, 1, "a"));
        refused(Errno.EBADF, () -> driver.walk(77, 78, "a"));
        refused(Errno.EINVAL, () -> driver.begin(110).i32(0).i32(3).i16(17).call());
        assertEquals(List.of(), driver.walk(1, 3));
        assertEquals(driver.getattr(1).qid(), driver.getattr(3).qid());
        assertEquals(1, driver.walk(3, 3, "..").size());
        assertEquals(driver.getattr(3).qid(), driver.walk(0, 4, "a").get(0));
    }

    @Test
    void theParentOfTheRootIsTheRoot() throws IOException {
        Files.createDirectories(root.resolve("a/b"));
        Qid top = driver.getattr(0).qid();
        List<Qid> qids = driver.walk(0, 1, "..", "a", "b", "..", "..", "..", "..");
        assertEquals(7, qids.size());
        assertEquals(top, qids.get(0));
        assertEquals(qids.get(1), qids.get(3));
        assertEquals(top, qids.get(6));
    }

    @Test
    void hostileNamesLeadNowhere() throws IOException {
        Files.createDirectory(root.resolve("d"));
        Files.createSymbolicLink(root.resolve("link"), canary);
        Files.createSymbolicLink(root.resolve("up"), Path.of(".."));
        for (String name : List.of("", ".", "../canary", "d/..", "/", "a\0b", "/etc/passwd", "..\0")) {
            refused(Errno.ENOENT, () -> driver.walk(0, 1, name));
            refused(Errno.EINVAL, () -> driver.create(0, name, O_RDWR, 0600, 0));
        }
        refused(Errno.EINVAL, () -> driver.create(0, "..", O_RDWR, 0600, 0));
        refused(Errno.ENAMETOOLONG, () -> driver.walk(0, 1, "n".repeat(256)));
        driver.walk(0, 1, "link");
        assertEquals(0x02, driver.getattr(1).qid().type());
        refused(Errno.ELOOP, () -> driver.open(1, 0));
        assertEquals(1, driver.walk(0, 2, "up", "canary").size());
        refused(Errno.EBADF, () -> driver.getattr(2));
        refused(Errno.EEXIST, () -> driver.create(0, "link", O_RDWR | 0200, 0600, 0));
        refused(Errno.ELOOP, () -> driver.create(0, "link", O_RDWR, 0600, 0));
    }

    @Test
    void getattrTellsWhatTheHostKnows() throws IOException {
        Path file = Files.write(root.resolve("file"), bytes(5000, 1));
        driver.walk(0, 1, "file");
        Stat stat = driver.getattr(1);
        assertEquals(0100644, stat.mode());
        assertEquals(5000, stat.size());
        assertEquals(1, stat.nlink());
        assertEquals(Files.getAttribute(file, "unix:uid"), stat.uid());
        assertEquals(Files.getLastModifiedTime(file).to(java.util.concurrent.TimeUnit.NANOSECONDS), stat.mtime());
        assertEquals((1 << 20), stat.blksize());
        assertEquals(0x7FF, stat.valid() & 0x7FF);
        assertNotEquals(driver.getattr(0).qid().path(), stat.qid().path());
    }

    @Test
    void readsAndWritesAtAnyOffset() throws IOException {
        byte[] content = bytes(300_000, 2);
        Files.write(root.resolve("file"), content);
        driver.walk(0, 1, "file");
        refused(Errno.EBADF, () -> driver.read(1, 0, 10));
        driver.open(1, O_RDWR);
        refused(Errno.EINVAL, () -> driver.open(1, 0));
        assertArrayEquals(content, driver.read(1, 0, 1 << 20));
        assertArrayEquals(java.util.Arrays.copyOfRange(content, 1000, 1010), driver.read(1, 1000, 10));
        assertEquals(0, driver.read(1, 300_000, 10).length);
        refused(Errno.EINVAL, () -> driver.read(1, -5, 10));
        byte[] more = bytes(1 << 20, 3);
        assertEquals(1 << 20, driver.write(1, 299_999, more));
        byte[] now = Files.readAllBytes(root.resolve("file"));
        assertEquals(299_999 + (1 << 20), now.length);
        assertArrayEquals(more, java.util.Arrays.copyOfRange(now, 299_999, now.length));
        driver.fsync(1);
    }

    @Test
    void whatIsOpenForReadingIsNotWritten() throws IOException {
        Files.writeString(root.resolve("file"), "text");
        driver.walk(0, 1, "file");
        driver.open(1, 0);
        refused(Errno.EBADF, () -> driver.write(1, 0, bytes(1, 1)));
        driver.walk(0, 2, "file");
        driver.open(2, 1);
        refused(Errno.EBADF, () -> driver.read(2, 0, 1));
        driver.walk(0, 3, "file");
        refused(Errno.EINVAL, () -> driver.open(3, 3));
        driver.open(0, 0);
        refused(Errno.EISDIR, () -> driver.read(0, 0, 10));
    }

    @Test
    void lengthsThatLieAreRefused() throws IOException {
        Files.writeString(root.resolve("file"), "text");
        driver.walk(0, 1, "file");
        driver.open(1, O_RDWR);
        refused(Errno.EINVAL, () -> driver.begin(118).i32(1).i64(0).i32(100).raw(bytes(99, 1)).call());
        refused(Errno.EINVAL, () -> driver.begin(118).i32(1).i64(0).i32(-1).call());
        refused(Errno.EINVAL, () -> driver.begin(110).i32(0).i32(5).i16(1).i16(50).raw(bytes(49, 1)).call());
        refused(Errno.EINVAL, () -> driver.begin(24).i32(0).call());
        refused(Errno.EOPNOTSUPP, () -> driver.begin(200).call());
        driver.version(4096);
        driver.attach(0, 0, "");
        refused(Errno.EMSGSIZE, () -> driver.begin(118).i32(0).i64(0).i32(4096).raw(bytes(4096, 1)).call());
    }

    @Test
    void messagesWithoutAHeaderBreakTheConnection() {
        BufferMessage reply = BufferMessage.ofSize(100);
        assertEquals(Client.BROKEN, client.handle(BufferMessage.ofSize(6), reply));
        BufferMessage request = BufferMessage.ofSize(7);
        request.buffer().putInt(0, 6).put(4, (byte) 120).putShort(5, (short) 0x1234);
        assertEquals(11, client.handle(request, reply));
        assertEquals(Errno.EINVAL, reply.buffer().getInt(7));
        assertEquals(0x1234, reply.buffer().getShort(5));
        assertEquals(Client.BROKEN, client.handle(request, BufferMessage.ofSize(10)));
    }

    @Test
    void aReplyWithoutRoomIsAnErrorOrShort() throws IOException {
        Files.write(root.resolve("file"), bytes(100, 1));
        driver.walk(0, 1, "file");
        driver.open(1, 0);
        BufferMessage request = new BufferMessage(driver.begin(116).i32(1).i64(0).i32(100).finish()).withLength(23);
        BufferMessage reply = BufferMessage.ofSize(21);
        assertEquals(21, client.handle(request, reply));
        assertEquals(10, reply.buffer().getInt(7));
        request = new BufferMessage(driver.begin(24).i32(1).i64(0x7FF).finish()).withLength(19);
        assertEquals(11, client.handle(request, reply));
        assertEquals(Errno.EMSGSIZE, reply.buffer().getInt(7));
    }

    @Test
    void clunkedFidsAreGone() {
        driver.walk(0, 1);
        driver.clunk(1);
        refused(Errno.EBADF, () -> driver.clunk(1));
        refused(Errno.EBADF, () -> driver.getattr(1));
    }

    @Test
    void directoriesThatCanNotBeSharedSayWhy() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        ShareException e = assertThrows(ShareException.class, () -> Share.open(ShareConfig.of(file)));
        assertTrue(e.getMessage().contains("it is a file"), e.getMessage());
        e = assertThrows(ShareException.class, () -> Share.open(ShareConfig.of(folder.resolve("none"))));
        assertTrue(e.getMessage().contains("Make it first"), e.getMessage());
    }
}
