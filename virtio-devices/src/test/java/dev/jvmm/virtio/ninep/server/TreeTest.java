package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.virtio.testing.NinepDriver.Entry;
import dev.jvmm.virtio.testing.NinepDriver.Qid;
import dev.jvmm.virtio.testing.NinepDriver.Stat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Names that come, change and go, and what is known of files. */
final class TreeTest extends ServerFixture {
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_EXCL = 0200;
    private static final int O_TRUNC = 01000;
    private static final int AT_REMOVEDIR = 0x200;

    @Test
    void createdFilesAreOpenAndHaveTheirMode() throws IOException {
        driver.walk(0, 1);
        Qid qid = driver.create(1, "new", O_RDWR | O_EXCL, 0664, 0);
        assertEquals(5, driver.write(1, 0, "hello".getBytes()));
        assertEquals("hello", Files.readString(root.resolve("new")));
        assertEquals(qid, driver.getattr(1).qid());
        assertEquals(0100664, driver.getattr(1).mode(), "whatever this process's umask is");
        driver.walk(0, 2);
        refused(Errno.EEXIST, () -> driver.create(2, "new", O_RDWR | O_EXCL, 0600, 0));
        assertEquals(qid, driver.create(2, "new", O_RDWR | O_TRUNC, 0600, 0), "somebody was quicker");
        assertEquals(0, Files.size(root.resolve("new")));
        refused(Errno.EINVAL, () -> driver.create(2, "more", O_RDWR, 0600, 0));
        driver.walk(0, 3);
        driver.create(3, "special", O_RDWR, 06755, 0);
        assertEquals(0106755, driver.getattr(3).mode());
        driver.walk(0, 4, "new");
        refused(Errno.ENOTDIR, () -> driver.create(4, "below", O_RDWR, 0600, 0));
    }

    @Test
    void whatIsMadeBelongsToWhoAsked() throws IOException {
        assumeTrue(LocalFile.ownUser() == 0, "only root gives files away");
        driver.attach(1, 1234, "");
        driver.mkdir(1, "d", 0750, 5678);
        driver.symlink(1, "l", "target", 5678);
        driver.mknod(1, "p", 010640, 0, 0, 5678);
        driver.walk(1, 2);
        driver.create(2, "f", O_RDWR, 04711, 5678);
        for (String name : List.of("d", "l", "p", "f")) {
            Path path = root.resolve(name);
            assertEquals(1234, Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS), name);
            assertEquals(5678, Files.getAttribute(path, "unix:gid", LinkOption.NOFOLLOW_LINKS), name);
        }
        assertEquals(04711, 07777 & (int) Files.getAttribute(root.resolve("f"), "unix:mode"));
        assertEquals(0750, 07777 & (int) Files.getAttribute(root.resolve("d"), "unix:mode"));
    }

    @Test
    void directoriesLinksAndPipesAreMade() throws IOException {
        assertEquals(0x80, driver.mkdir(0, "d", 0777, 0).type());
        refused(Errno.EEXIST, () -> driver.mkdir(0, "d", 0777, 0));
        assertEquals(0777, 07777 & (int) Files.getAttribute(root.resolve("d"), "unix:mode"));
        driver.walk(0, 1, "d");
        assertEquals(0x02, driver.symlink(1, "l", "/etc/passwd", 0).type());
        assertEquals(Path.of("/etc/passwd"), Files.readSymbolicLink(root.resolve("d/l")));
        driver.walk(1, 2, "l");
        assertEquals("/etc/passwd", driver.readlink(2));
        refused(Errno.EINVAL, () -> driver.readlink(1));
        refused(Errno.ENOENT, () -> driver.symlink(1, "m", "", 0));
        refused(Errno.EINVAL, () -> driver.symlink(1, "m", "a\0b", 0));
        refused(Errno.ENAMETOOLONG, () -> driver.symlink(1, "m", "x".repeat(4096), 0));
        driver.symlink(1, "m", "x".repeat(4095), 0);
        driver.walk(1, 3, "m");
        assertEquals("x".repeat(4095), driver.readlink(3));
        assertEquals(0, driver.mknod(1, "p", 010600, 0, 0, 0).type());
        driver.walk(1, 4, "p");
        assertEquals(010600, driver.getattr(4).mode());
        refused(Errno.ENXIO, () -> driver.open(4, 0));
        refused(Errno.EINVAL, () -> driver.mknod(1, "q", 040700, 0, 0, 0));
        driver.mknod(1, "r", 0100640, 0, 0, 0);
        assertTrue(Files.isRegularFile(root.resolve("d/r")));
    }

    @Test
    void deviceFilesAreNeverOpened() throws IOException {
        assumeTrue(LocalFile.ownUser() == 0, "only root makes device files");
        try {
            driver.mknod(0, "null", 020666, 1, 3, 0);
        } catch (dev.jvmm.virtio.testing.NinepDriver.Refused e) {
            assumeTrue(e.errno() != Errno.EPERM, "no device files in this container");
            throw e;
        }
        driver.walk(0, 1, "null");
        assertEquals(0x103, driver.getattr(1).rdev());
        refused(Errno.ENXIO, () -> driver.open(1, O_RDWR));
        driver.walk(0, 2);
        refused(Errno.ENXIO, () -> driver.create(2, "null", O_RDWR, 0600, 0));
    }

    @Test
    void linksAndRenames() throws IOException {
        Files.writeString(root.resolve("a"), "text");
        Files.createDirectory(root.resolve("d"));
        driver.walk(0, 1, "a");
        driver.walk(0, 2, "d");
        driver.link(2, 1, "b");
        assertEquals(2, driver.getattr(1).nlink());
        driver.walk(2, 3, "b");
        assertEquals(driver.getattr(1).qid(), driver.getattr(3).qid());
        driver.renameat(2, "b", 0, "c");
        assertEquals("text", Files.readString(root.resolve("c")));
        driver.rename(1, 2, "e");
        assertFalse(Files.exists(root.resolve("a")));
        assertEquals("text", Files.readString(root.resolve("d/e")));
        driver.rename(2, 0, "f");
        driver.rename(1, 2, "g");
        assertEquals("text", Files.readString(root.resolve("f/g")), "found anew below a directory that was renamed");
        refused(Errno.EPERM, () -> driver.link(0, 2, "dir"));
        refused(Errno.ENOENT, () -> driver.renameat(0, "none", 0, "x"));
        refused(Errno.EINVAL, () -> driver.renameat(0, "c", 0, "../x"));
        refused(Errno.EINVAL, () -> driver.renameat(0, "..", 0, "x"));
        refused(Errno.EINVAL, () -> driver.rename(1, 2, "../../canary"));
        refused(Errno.EINVAL, () -> driver.link(0, 1, "x/y"));
    }

    @Test
    void namesGoAndFidsStay() throws IOException {
        Files.writeString(root.resolve("a"), "0123456789");
        driver.walk(0, 1, "a");
        driver.walk(0, 2, "a");
        driver.open(1, O_RDWR);
        driver.unlinkat(0, "a", 0);
        refused(Errno.ENOENT, () -> driver.unlinkat(0, "a", 0));
        assertEquals(0, driver.getattr(1).nlink());
        driver.setattr(1, 8, 0, 0, 0, 4, 0, 0);
        assertArrayEquals("0123".getBytes(), driver.read(1, 0, 100));
        driver.setattr(2, 8, 0, 0, 0, 2, 0, 0);
        driver.open(2, O_RDWR);
        assertArrayEquals("01".getBytes(), driver.read(2, 0, 100), "opened and cut with no name left");
        refused(Errno.ENOENT, () -> driver.rename(2, 0, "b"));
        refused(Errno.ENOENT, () -> driver.remove(2));
        refused(Errno.EBADF, () -> driver.getattr(2));
    }

    @Test
    void removesOfFidsAndDirectories() throws IOException {
        Files.createDirectories(root.resolve("d/e"));
        Files.writeString(root.resolve("d/f (deleted)"), "x");
        driver.walk(0, 1, "d");
        refused(Errno.ENOTEMPTY, () -> driver.unlinkat(0, "d", AT_REMOVEDIR));
        refused(Errno.EISDIR, () -> driver.unlinkat(0, "d", 0));
        refused(Errno.EINVAL, () -> driver.unlinkat(0, "d", 1));
        refused(Errno.EINVAL, () -> driver.unlinkat(0, "..", AT_REMOVEDIR));
        driver.walk(1, 2, "f (deleted)");
        driver.remove(2);
        assertFalse(Files.exists(root.resolve("d/f (deleted)")));
        driver.walk(1, 2, "e");
        driver.remove(2);
        driver.remove(1);
        assertFalse(Files.exists(root.resolve("d")));
        refused(Errno.ENOENT, () -> driver.remove(0));
        assertTrue(Files.exists(root));
    }

    @Test
    void readdirGoesOnFromAnyEntry() throws IOException {
        Set<String> wanted = new HashSet<>(Set.of(".", ".."));
        for (int i = 0; i < 3000; i++) {
            String name = i + "-" + "n".repeat(i % 200);
            wanted.add(name);
            Files.createFile(root.resolve(name));
        }
        Files.createDirectory(root.resolve("four"));
        Files.createSymbolicLink(root.resolve("l"), Path.of("four"));
        wanted.addAll(List.of("four", "l"));
        driver.walk(0, 1);
        driver.open(1, 0);
        List<Entry> all = list(1, 0, 1 << 20);
        assertEquals(wanted, names(all));
        assertEquals(wanted.size(), all.size());
        assertEquals(wanted.size(), list(1, 0, 4096).size());
        Entry middle = all.get(1500);
        assertEquals(all.subList(1501, all.size()), list(1, middle.next(), 8192));
        for (Entry entry : all) {
            if (entry.name().equals("four")) {
                driver.walk(0, 2, "four");
                assertEquals(driver.getattr(2).qid().path(), entry.qid().path());
                assertEquals(0x80, entry.qid().type());
                assertEquals(4, entry.type());
            }
            if (entry.name().equals("..")) {
                assertEquals(driver.getattr(0).qid().path(), entry.qid().path(), "not what is outside");
            }
        }
        refused(Errno.EINVAL, () -> driver.readdir(1, 0, 20));
        driver.walk(0, 3);
        refused(Errno.EBADF, () -> driver.readdir(3, 0, 4096));
        driver.walk(0, 4, "0-");
        driver.open(4, 0);
        refused(Errno.ENOTDIR, () -> driver.readdir(4, 0, 4096));
    }

    private List<Entry> list(int fid, long from, int count) {
        List<Entry> all = new ArrayList<>();
        long offset = from;
        for (List<Entry> some = driver.readdir(fid, offset, count); !some.isEmpty();) {
            all.addAll(some);
            offset = some.get(some.size() - 1).next();
            some = driver.readdir(fid, offset, count);
        }
        return all;
    }

    private static Set<String> names(List<Entry> entries) {
        Set<String> names = new HashSet<>();
        entries.forEach(entry -> names.add(entry.name()));
        return names;
    }

    @Test
    void attributesAreSet() throws IOException {
        Path file = Files.write(root.resolve("f"), bytes(100, 1));
        driver.walk(0, 1, "f");
        driver.setattr(1, 1, 0640, 0, 0, 0, 0, 0);
        assertEquals(0100640, driver.getattr(1).mode());
        long time = 1_234_567_890_123_456_789L;
        driver.setattr(1, 0x20 | 0x100, 0, 0, 0, 0, 7, time);
        Stat stat = driver.getattr(1);
        assertEquals(time, stat.mtime());
        assertNotEquals(7, stat.atime(), "left alone");
        driver.setattr(1, 0x10 | 0x80, 0, 0, 0, 0, time + 1, 0);
        assertEquals(time + 1, driver.getattr(1).atime());
        driver.setattr(1, 0x20, 0, 0, 0, 0, 0, 0);
        assertTrue(driver.getattr(1).mtime() > time, "now");
        driver.setattr(1, 8, 0, 0, 0, 1L << 40, 0, 0);
        assertEquals(1L << 40, Files.size(file));
        refused(Errno.EINVAL, () -> driver.setattr(1, 8, 0, 0, 0, -1, 0, 0));
        refused(Errno.EISDIR, () -> driver.setattr(0, 8, 0, 0, 0, 1, 0, 0));
        driver.setattr(1, 0x40, 0, 0, 0, 0, 0, 0);
        assumeTrue(LocalFile.ownUser() == 0, "only root gives files away");
        driver.setattr(1, 1 | 2 | 4, 06711, 11, 22, 0, 0, 0);
        stat = driver.getattr(1);
        assertEquals(List.of(0106711, 11, 22), List.of(stat.mode(), stat.uid(), stat.gid()));
        driver.symlink(0, "l", "f", 0);
        driver.walk(0, 2, "l");
        driver.setattr(2, 2, 0, 33, 0, 0, 0, 0);
        assertEquals(33, driver.getattr(2).uid());
        assertEquals(11, driver.getattr(1).uid(), "the link itself, not where it points");
        refused(Errno.EOPNOTSUPP, () -> driver.setattr(2, 1, 0777, 0, 0, 0, 0, 0));
        refused(Errno.EINVAL, () -> driver.setattr(2, 8, 0, 0, 0, 1, 0, 0));
    }

    @Test
    void statfsSaysThatThisIs9P() throws IOException {
        ByteBuffer answer = driver.statfs(0);
        assertEquals(0x01021997, answer.getInt());
        int block = answer.getInt();
        assertEquals(Files.getFileStore(root).getTotalSpace(), block * answer.getLong());
        assertEquals(255, answer.getInt(7 + 8 + 6 * 8));
    }

    @Test
    void aReadOnlyShareChangesNothing() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        share(ShareConfig.of(root).withReadOnly(true));
        driver.walk(0, 1, "f");
        refused(Errno.EROFS, () -> driver.open(1, O_WRONLY));
        refused(Errno.EROFS, () -> driver.open(1, O_TRUNC));
        driver.open(1, 0);
        assertEquals("text", new String(driver.read(1, 0, 10)));
        refused(Errno.EROFS, () -> driver.write(1, 0, bytes(1, 1)));
        refused(Errno.EROFS, () -> driver.create(0, "new", 0, 0600, 0));
        refused(Errno.EROFS, () -> driver.mkdir(0, "new", 0700, 0));
        refused(Errno.EROFS, () -> driver.symlink(0, "new", "x", 0));
        refused(Errno.EROFS, () -> driver.mknod(0, "new", 010600, 0, 0, 0));
        refused(Errno.EROFS, () -> driver.link(0, 1, "new"));
        refused(Errno.EROFS, () -> driver.rename(1, 0, "new"));
        refused(Errno.EROFS, () -> driver.renameat(0, "f", 0, "new"));
        refused(Errno.EROFS, () -> driver.unlinkat(0, "f", 0));
        refused(Errno.EROFS, () -> driver.setattr(1, 1, 0, 0, 0, 0, 0, 0));
        refused(Errno.EROFS, () -> driver.xattrcreate(1, "user.a", 1, 0));
        refused(Errno.EROFS, () -> driver.remove(1));
        refused(Errno.EBADF, () -> driver.getattr(1));
        assertEquals("text", Files.readString(root.resolve("f")));
        try (var entries = Files.list(root)) {
            assertEquals(1, entries.count());
        }
    }
}
