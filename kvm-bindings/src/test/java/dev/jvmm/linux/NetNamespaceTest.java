package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class NetNamespaceTest {
    @TempDir
    Path folder;

    @Test
    @RequiresNetworks
    void insideIsElsewhereAndOutsideStays() {
        try (NetNamespace own = NetNamespace.current(); NetNamespace other = NetNamespace.create()) {
            assertNotEquals(own.inode(), other.inode());
            long inside = other.call(NetNamespaceTest::currentInode);
            assertEquals(other.inode(), inside);
            assertEquals(own.inode(), currentInode());
            List<String> links = other.call(NetNamespaceTest::links);
            assertEquals(List.of("lo"), links);
            try (NetNamespace again = NetNamespace.open(other.path())) {
                assertEquals(other.inode(), again.inode());
            }
        }
    }

    private static long currentInode() {
        try (NetNamespace here = NetNamespace.current()) {
            return here.inode();
        }
    }

    private static List<String> links() {
        try (NetlinkSocket socket = NetlinkSocket.open()) {
            return NetlinkSocketTest.names(socket);
        }
    }

    @Test
    @RequiresNetworks
    void failuresComeOut() {
        try (NetNamespace other = NetNamespace.create()) {
            IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> other.call(() -> {
                throw new IllegalStateException("inside");
            }));
            assertEquals("inside", thrown.getMessage());
            assertThrows(AssertionError.class, () -> other.call(() -> {
                throw new AssertionError("inside");
            }));
        }
    }

    @Test
    void otherFilesAreRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "no namespace");
        for (String path : List.of(file.toString(), "/proc/self/ns/mnt", "/dev/null")) {
            SystemCallException thrown = assertThrows(SystemCallException.class, () -> NetNamespace.open(path).close());
            assertEquals(Errno.EINVAL, thrown.errno());
            assertTrue(thrown.getMessage().contains(path), thrown.getMessage());
        }
        SystemCallException missing = assertThrows(SystemCallException.class,
                () -> NetNamespace.open(folder.resolve("none").toString()).close());
        assertEquals(Errno.ENOENT, missing.errno());
    }

    @Test
    @RequiresNetworks
    void sysfsIsTheNamespacesOwn() {
        try (NetNamespace other = NetNamespace.create()) {
            String[] names = other.call(() -> PrivateMounts.withSysfs(() -> new java.io.File("/sys/class/net").list()));
            assertEquals(List.of("lo"), List.of(names));
        }
        assertTrue(Files.exists(Path.of("/sys/kernel")), "the mounts of others are as before");
    }

    @Test
    @RequiresNetworks
    void nodesVanishWithTheirThread() {
        long[] read = new long[1];
        PrivateMounts.withSysfs(() -> {
            try (FileDescriptor zero = FileDescriptor.open(PrivateMounts.characterDevice(1, 5),
                    FileDescriptor.O_RDONLY)) {
                read[0] = zero.read(NativeBuffers.allocate(16));
            }
            return 0;
        });
        assertEquals(16, read[0], "/dev/zero gives what is asked for");
        assertTrue(Files.notExists(Path.of("/sys/node")));
    }
}
