package dev.jvmm.virtio.pmem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.linux.FileCalls;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.memory.MemoryWindow;
import dev.jvmm.memory.MemoryWindow.Verdict;
import dev.jvmm.testing.LoopDevice;
import dev.jvmm.virtio.pmem.PmemConfig.Sharing;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Opening files, saying why not, and what becomes of them when their disk fails. */
@Timeout(60)
class PmemFileTest {
    @TempDir
    Path folder;

    private PmemConfig image(long size) {
        Path path = folder.resolve("image");
        PmemImages.cut(path, size);
        return PmemConfig.of(path.toString());
    }

    private static String refusal(PmemConfig config, long tail) {
        return assertThrows(PmemException.class, () -> PmemFile.open(config, tail).close()).getMessage();
    }

    private static void contains(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void namesWhatIsWrong() {
        contains(refusal(PmemConfig.of(folder.resolve("gone").toString()), 0), "gone", "is not there");
        contains(refusal(PmemConfig.of(folder.toString()).with(Sharing.READ_ONLY), 0), "neither a file nor");
        contains(refusal(image(0), 0), "holds 0 bytes");
        contains(refusal(image(1 << 20), 0), "holds 1048576 bytes", "2 MiB", "truncate");
        contains(refusal(image(4096), 4096).replace('\n', ' '), "labels take 4096");
        contains(refusal(image(4 << 20), 4096), "multiples of 2 MiB");
        PmemFile.open(image(1000).with(Sharing.PRIVATE), 0).close();
        PmemFile.open(image((2 << 20) + 4096), 4096).close();
    }

    @Test
    void pipeIsRefusedAtOnce() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        contains(refusal(PmemConfig.of(pipe.toString()), 0), "neither a file nor a block device");
    }

    @Test
    void writersShareWithNobodyAndReadersWithReaders() {
        PmemConfig writer = image(2 << 20);
        PmemConfig reader = writer.with(Sharing.READ_ONLY);
        try (PmemFile first = PmemFile.open(writer, 0)) {
            assertEquals(2 << 20, first.size());
            contains(refusal(writer, 0), "is in use by another machine or program");
            contains(refusal(reader, 0), "by somebody who writes to it");
        }
        try (PmemFile first = PmemFile.open(reader, 0);
                PmemFile second = PmemFile.open(writer.with(Sharing.PRIVATE), 0)) {
            assertEquals(first.content(), second.content());
            contains(refusal(writer, 0), "is in use");
        }
        PmemFile.open(writer, 0).close();
    }

    @Test
    void blockDeviceCanBeOne() throws IOException {
        assumeTrue(LoopDevice.possible(), "no right to make loop devices here");
        image(4 << 20);
        try (LoopDevice loop = LoopDevice.on(folder.resolve("image"));
                GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20))) {
            PmemConfig config = PmemConfig.of(loop.path());
            try (PmemFile file = PmemFile.open(config, 0);
                    PmemWindow window = new PmemWindow(file, memory, false)) {
                contains(refusal(config, 0), "in use");
                memory.write(window.window().address() + 5, new byte[]{ 1 });
                assertEquals(0, file.flush(new FileCalls()));
            }
        }
        assertEquals(1, Files.readAllBytes(folder.resolve("image"))[5]);
    }

    @Test
    void aMachineWithoutRoomIsNoPlace() {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
                PmemFile file = PmemFile.open(image((1L << 40) - (4L << 30) + (2 << 20)).with(Sharing.PRIVATE), 0)) {
            String message = assertThrows(PmemException.class, () -> new PmemWindow(file, memory, false)).getMessage();
            contains(message, "has no room in this guest");
        }
    }

    @Test
    void aGuestThatCanNotBeToldLosesIt() {
        PmemConfig config = image(2 << 20);
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
                PmemFile file = PmemFile.open(config, 0);
                PmemWindow window = new PmemWindow(file, memory, true)) {
            assertEquals(Verdict.WHOLE, window.missing(MemoryWindow.SOMEWHERE));
            PmemImages.cut(Path.of(config.path()), 4096);
            assertEquals(Verdict.LOST, window.missing(MemoryWindow.SOMEWHERE));
        }
    }

    /** What the disk was asked to keep is there when the guest writes. */
    @Test
    void aFileWithHolesGetsItsRoomOrIsRefused() throws Exception {
        Path mount = small("4m");
        try {
            Path path = mount.resolve("image");
            PmemImages.cut(path, 8 << 20);
            contains(refusal(PmemConfig.of(path.toString()), 0), "has holes", "no room", "private or ro");
            assertEquals(Verdict.WHOLE, verdictOf(PmemConfig.of(path.toString()).with(Sharing.PRIVATE)));
            PmemImages.cut(path, 2 << 20);
            try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
                    PmemFile file = PmemFile.open(PmemConfig.of(path.toString()), 0);
                    PmemWindow window = new PmemWindow(file, memory, false)) {
                fillUp(mount);
                memory.write(window.window().address() + (1 << 20), new byte[]{ 2 });
                assertEquals(Verdict.WHOLE, window.look());
                assertEquals(0, file.flush(new FileCalls()));
            }
        } finally {
            run("umount", mount.toString());
        }
    }

    private Verdict verdictOf(PmemConfig config) {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
                PmemFile file = PmemFile.open(config, 0);
                PmemWindow window = new PmemWindow(file, memory, false)) {
            return window.look();
        }
    }

    /** A hole that somebody made, and no room on the disk to fill it. */
    @Test
    void aFullDiskMakesItTheGuestsOwnCopy() throws Exception {
        Path mount = small("4m");
        try {
            Path path = mount.resolve("image");
            PmemImages.cut(path, 2 << 20);
            try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
                    PmemFile file = PmemFile.open(PmemConfig.of(path.toString()), 0);
                    PmemWindow window = new PmemWindow(file, memory, false)) {
                long start = window.window().address();
                memory.write(start, new byte[]{ 1 });
                assertEquals(Verdict.WHOLE, window.look());
                assertEquals(0, punch(path, 1 << 20, 1 << 20));
                assertEquals(Verdict.MENDED, window.missing(MemoryWindow.SOMEWHERE),
                        "there is room again, if there was none");
                assertEquals(Verdict.MENDED, window.missing(8192), "the page is there");
                assertFalse(file.failed());
                assertEquals(0, punch(path, 1 << 20, 1 << 20));
                fillUp(mount);
                assertThrows(InternalError.class, () -> {
                    memory.write(start + (1 << 20) + 8192, new byte[]{ 2 });
                    Thread.yield();
                });
                assertEquals(Verdict.MENDED, window.missing(MemoryWindow.SOMEWHERE));
                assertTrue(file.failed());
                memory.write(start + (1 << 20) + 8192, new byte[]{ 3 });
                assertEquals(3, memory.read(start + (1 << 20) + 8192, 1)[0]);
                assertEquals(1, memory.read(start, 1)[0]);
                assertTrue(file.flush(new FileCalls()) < 0);
                assertEquals(Verdict.WHOLE, window.missing(MemoryWindow.SOMEWHERE));
                assertEquals(Verdict.MENDED, window.missing(1 << 20), "an access that can be made");
            }
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
                assertEquals(1, file.read());
                file.seek((1 << 20) + 8192);
                assertEquals(0, file.read());
            }
        } finally {
            run("umount", mount.toString());
        }
    }

    /** As before, but somebody hears of the hole before the guest writes to it. */
    @Test
    void aHoleIsFilledOrMadeUpForBeforeTheGuestFindsIt() throws Exception {
        Path mount = small("4m");
        try {
            Path path = mount.resolve("image");
            PmemImages.cut(path, 2 << 20);
            try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
                    PmemFile file = PmemFile.open(PmemConfig.of(path.toString()), 0);
                    PmemWindow window = new PmemWindow(file, memory, false)) {
                assertEquals(0, punch(path, 0, 2 << 20));
                assertEquals(Verdict.WHOLE, window.look());
                assertEquals(0, punch(path, 0, 1 << 20));
                fillUp(mount);
                assertEquals(Verdict.MENDED, window.look());
                assertTrue(file.failed());
                memory.write(window.window().address() + 5, new byte[]{ 3 });
                assertEquals(3, memory.read(window.window().address() + 5, 1)[0]);
                assertEquals(Verdict.WHOLE, window.look());
            }
        } finally {
            run("umount", mount.toString());
        }
    }

    private Path small(String size) throws Exception {
        Path mount = Files.createDirectory(folder.resolve("mount"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=" + size, "jvmm-test", mount.toString()) == 0,
                "file systems can not be mounted here");
        return mount;
    }

    private static void fillUp(Path mount) throws IOException {
        try (RandomAccessFile filler = new RandomAccessFile(mount.resolve("filler").toFile(), "rw")) {
            assertThrows(IOException.class, () -> filler.write(new byte[8 << 20]));
        }
    }

    private static int punch(Path path, long from, long length) throws IOException, InterruptedException {
        return run("fallocate", "--punch-hole", "--offset", Long.toString(from), "--length", Long.toString(length),
                path.toString());
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        return process.exitValue();
    }
}
