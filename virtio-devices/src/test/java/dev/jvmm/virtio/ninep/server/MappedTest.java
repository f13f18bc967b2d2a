package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.virtio.testing.NinepDriver.Entry;
import dev.jvmm.virtio.testing.NinepDriver.Stat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Owners, modes and device files in attributes, as QEMU keeps them. */
final class MappedTest extends ServerFixture {
    private static final int O_RDWR = 2;

    @BeforeEach
    void map() throws IOException {
        Path probe = Files.createFile(folder.resolve("probe"));
        try {
            attributes(probe).write("probe", ByteBuffer.allocate(1));
        } catch (IOException e) {
            assumeTrue(false, "no extended attributes of users on this file system");
        }
        share(ShareConfig.of(root).withIds(Ownership.MAPPED));
        driver.attach(50, 1234, "");
    }

    private static UserDefinedFileAttributeView attributes(Path file) {
        return Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    }

    private ByteBuffer kept(String file, String name) throws IOException {
        UserDefinedFileAttributeView view = attributes(root.resolve(file));
        ByteBuffer value = ByteBuffer.allocate(view.size("virtfs." + name)).order(ByteOrder.LITTLE_ENDIAN);
        view.read("virtfs." + name, value);
        return value.flip();
    }

    private void keep(String file, String name, int value) throws IOException {
        ByteBuffer four = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value);
        attributes(root.resolve(file)).write("virtfs." + name, four);
    }

    @Test
    void filesAreTheServersAndSeemTheClients() throws IOException {
        driver.walk(50, 1);
        driver.create(1, "f", O_RDWR, 04755, 5678);
        driver.write(1, 0, "text".getBytes());
        driver.mkdir(50, "d", 01777, 5678);
        assertEquals(0104755, kept("f", "mode").getInt());
        assertEquals(1234, kept("f", "uid").getInt());
        assertEquals(5678, kept("f", "gid").getInt());
        assertEquals(0600, 07777 & (int) Files.getAttribute(root.resolve("f"), "unix:mode"));
        assertEquals(0700, 07777 & (int) Files.getAttribute(root.resolve("d"), "unix:mode"));
        assertEquals(LocalFile.ownUser(), Files.getAttribute(root.resolve("d"), "unix:uid"));
        Stat stat = driver.getattr(1);
        assertEquals(List.of(0104755, 1234, 5678), List.of(stat.mode(), stat.uid(), stat.gid()));
        driver.setattr(1, 1 | 2 | 4, 0640, 7, 8, 0, 0, 0);
        stat = driver.getattr(1);
        assertEquals(List.of(0100640, 7, 8), List.of(stat.mode(), stat.uid(), stat.gid()));
        assertEquals(LocalFile.ownUser(), Files.getAttribute(root.resolve("f"), "unix:uid"));
        driver.walk(50, 2, "d");
        assertEquals(041777, driver.getattr(2).mode());
    }

    @Test
    void deviceFilesAndLinksArePlainFiles() throws IOException {
        driver.mknod(50, "disk", 060660, 259, 70_000, 6);
        driver.symlink(50, "l", "../canary", 0);
        driver.mknod(50, "pipe", 010600, 0, 0, 0);
        for (String name : List.of("disk", "l", "pipe")) {
            assertTrue(Files.isRegularFile(root.resolve(name), LinkOption.NOFOLLOW_LINKS), name);
        }
        assertEquals("../canary", Files.readString(root.resolve("l")));
        driver.walk(0, 1, "disk");
        Stat disk = driver.getattr(1);
        assertEquals(060660, disk.mode());
        assertEquals(70_000 & 0xFF | 259 << 8 | (70_000 & 0xFFF00L) << 12, disk.rdev());
        refused(Errno.ENXIO, () -> driver.open(1, O_RDWR));
        assertEquals(0x02, driver.walk(0, 2, "l").get(0).type());
        assertEquals("../canary", driver.readlink(2));
        refused(Errno.ELOOP, () -> driver.open(2, 0));
        refused(Errno.EINVAL, () -> driver.setattr(2, 8, 0, 0, 0, 1, 0, 0));
        driver.walk(0, 3, "pipe");
        refused(Errno.ENXIO, () -> driver.open(3, 0));
        driver.walk(0, 4);
        driver.open(4, 0);
        for (Entry entry : driver.readdir(4, 0, 4096)) {
            assertEquals(entry.name().startsWith(".") ? 4 : 0, entry.type(), "not known");
        }
    }

    @Test
    void whatTheHostHasIsSeenAsItIs() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        Files.createSymbolicLink(root.resolve("l"), Path.of("f"));
        driver.walk(0, 1, "f");
        assertEquals(LocalFile.ownUser(), driver.getattr(1).uid());
        driver.walk(0, 2, "l");
        assertEquals("f", driver.readlink(2));
        refused(Errno.EPERM, () -> driver.setattr(2, 2, 0, 1, 0, 0, 0, 0));
    }

    @Test
    void attributesThatLieAreNotBelieved() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        Files.createDirectory(root.resolve("d"));
        keep("f", "mode", 040755);
        keep("d", "mode", 0120777);
        assertEquals(0, driver.walk(0, 1, "f").get(0).type());
        assertEquals(0100755, driver.getattr(1).mode());
        assertEquals(0x80, driver.walk(0, 2, "d").get(0).type());
        assertEquals(040777, driver.getattr(2).mode());
        attributes(root.resolve("f")).write("virtfs.uid", ByteBuffer.allocate(3));
        assertEquals(LocalFile.ownUser(), driver.getattr(1).uid());
        keep("f", "mode", 020666);
        assertEquals(0100666, driver.getattr(1).mode(), "the type stays what it was when the fid was made");
        driver.walk(0, 3, "f");
        assertEquals(020666, driver.getattr(3).mode());
        assertEquals(0, driver.getattr(3).rdev());
    }

    @Test
    void theServersAttributesAreHidden() throws IOException {
        driver.walk(50, 1);
        driver.create(1, "f", O_RDWR, 0644, 0);
        attributes(root.resolve("f")).write("seen", ByteBuffer.wrap(new byte[]{ 5 }));
        attributes(root.resolve("f")).write("virtfs.system.posix_acl_access", ByteBuffer.wrap(new byte[]{ 6 }));
        refused(Errno.ENODATA, () -> driver.xattrwalk(1, 9, "user.virtfs.uid"));
        driver.walk(0, 2, "f");
        refused(Errno.EACCES, () -> driver.xattrcreate(2, "user.virtfs.uid", 4, 0));
        long size = driver.xattrwalk(1, 3, "");
        List<String> names = List.of(new String(driver.read(3, 0, (int) size)).split("\0"));
        assertEquals(List.of("seen", "system.posix_acl_access"),
                names.stream().map(name -> name.replace("user.", "")).sorted().toList());
        driver.xattrwalk(1, 4, "system.posix_acl_access");
        assertArrayEquals(new byte[]{ 6 }, driver.read(4, 0, 10));
    }
}
