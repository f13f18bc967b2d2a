package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.testing.LoopDevice;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Opening disks, and saying why not. */
@Timeout(60)
final class DiskFileTest {
    @TempDir
    Path folder;

    private Path image(long size) throws IOException {
        Path path = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }

    private static String refusal(DiskConfig config) {
        return assertThrows(DiskException.class, () -> DiskFile.open(config).close()).getMessage();
    }

    private static void contains(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void measuresFilesInWholeSectors() throws IOException {
        try (DiskFile disk = DiskFile.open(DiskConfig.of(image(1_000_000).toString()))) {
            assertEquals(1953, disk.capacity());
            assertEquals(512, disk.blockSize());
            assertEquals(4096, disk.physicalBlockSize());
        }
    }

    @Test
    void namesWhatIsWrong() throws IOException {
        contains(refusal(DiskConfig.of(folder.resolve("gone").toString())), "gone", "is not there");
        contains(refusal(DiskConfig.of(folder.toString()).withReadOnly(true)), "neither a file nor a block device");
        contains(refusal(DiskConfig.of("/dev/null")), "/dev/null", "neither");
        contains(refusal(DiskConfig.of(image(511).toString())), "holds 511 bytes");
    }

    @Test
    void pipeIsRefusedAtOnce() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        contains(refusal(DiskConfig.of(pipe.toString())), "neither a file nor a block device");
    }

    @Test
    void fileThatMayNotBeWrittenAsksForReadOnly() throws IOException {
        Path path = image(4096);
        assumeTrue(path.toFile().setWritable(false) && !Files.isWritable(path), "root may write everything");
        contains(refusal(DiskConfig.of(path.toString())), "ro");
    }

    @Test
    void writersShareWithNobodyAndReadersWithReaders() throws IOException {
        DiskConfig writer = DiskConfig.of(image(4096).toString());
        DiskConfig reader = writer.withReadOnly(true);
        try (DiskFile first = DiskFile.open(writer)) {
            contains(refusal(writer), first.path(), "is in use by another machine or program");
            contains(refusal(reader), "by somebody who writes to it");
        }
        try (DiskFile first = DiskFile.open(reader); DiskFile second = DiskFile.open(reader)) {
            assertEquals(first.capacity(), second.capacity());
            contains(refusal(writer), "is in use");
        }
        DiskFile.open(writer).close();
    }

    @Test
    void anotherProcessKeepsUsOut() throws IOException, InterruptedException {
        Path python = Path.of("/usr/bin/python3");
        assumeTrue(Files.isExecutable(python), "no python3 here");
        DiskConfig config = DiskConfig.of(image(4096).toString());
        String script = "import fcntl,sys\nf=open(sys.argv[1],'r+b')\nfcntl.lockf(f,fcntl.LOCK_EX)\n"
                + "print('locked',flush=True)\nsys.stdin.read()\n";
        Process holder = new ProcessBuilder(python.toString(), "-c", script, config.path()).start();
        try {
            assertEquals("locked", holder.inputReader().readLine());
            contains(refusal(config), config.path(), "is in use");
        } finally {
            holder.getOutputStream().close();
            assertTrue(holder.waitFor(30, TimeUnit.SECONDS));
        }
        DiskFile.open(config).close();
    }

    @Test
    void blockDeviceSaysItsSizes() throws IOException {
        assumeTrue(LoopDevice.possible(), "no right to make loop devices here");
        try (LoopDevice loop = LoopDevice.on(image(1 << 20), "--sector-size", "4096");
                DiskFile disk = DiskFile.open(DiskConfig.of(loop.path()))) {
            assertTrue(disk.isBlockDevice());
            assertEquals(4096, disk.blockSize());
            assertEquals(2048, disk.capacity());
            contains(refusal(DiskConfig.of(loop.path())), "in use");
        }
    }

    @Test
    void mountedBlockDeviceIsNotWritten() throws IOException {
        assumeTrue(LoopDevice.possible() && Files.isExecutable(Path.of("/usr/sbin/mkfs.ext4")),
                "no right to mount here");
        try (LoopDevice loop = LoopDevice.on(image(4 << 20))) {
            DiskConfig config = DiskConfig.of(loop.path());
            try (TinyFileSystem mounted = TinyFileSystem.on(loop.path())) {
                contains(refusal(config), loop.path(), "in use by this host", "unmount");
                assertTrue(Files.exists(mounted.folder()));
                DiskFile.open(config.withReadOnly(true)).close();
            }
            DiskFile.open(config).close();
        }
    }

    @Test
    void configurationsAreChecked() {
        DiskConfig config = DiskConfig.of("/a");
        assertEquals(config.serial(), DiskConfig.of("/a").serial());
        assertTrue(config.serial().length() <= DiskConfig.SERIAL_LENGTH);
        assertThrows(IllegalArgumentException.class, () -> DiskConfig.of(""));
        assertThrows(IllegalArgumentException.class, () -> DiskConfig.of("a\0b"));
        assertThrows(IllegalArgumentException.class, () -> config.withQueues(0));
        assertThrows(IllegalArgumentException.class, () -> config.withQueues(65));
        assertThrows(IllegalArgumentException.class, () -> config.withSerial("a b"));
        assertThrows(IllegalArgumentException.class, () -> config.withSerial("123456789012345678901"));
        assertEquals(8, config.withQueues(8).queues());
    }
}
