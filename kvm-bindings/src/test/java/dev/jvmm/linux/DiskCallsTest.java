package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.testing.LoopDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@link FileCalls}, {@link DiskStatus} and {@link FileLock} on real files. */
@Timeout(60)
final class DiskCallsTest {
    private static final int SIZE = 64 << 10;

    @TempDir
    Path folder;

    private final FileCalls calls = new FileCalls();
    private final ByteBuffer memory = NativeBuffers.allocate(SIZE);
    private final long address = NativeBuffers.address(memory);
    private Path path;

    @BeforeEach
    void fill() throws IOException {
        path = folder.resolve("disk");
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) 7);
        Files.write(path, bytes);
    }

    private FileDescriptor open(int flags) {
        return FileDescriptor.open(path.toString(), flags);
    }

    private ByteBuffer iovecs() {
        ByteBuffer iovecs = NativeBuffers.allocate(32);
        return iovecs.putLong(0, address + 100).putLong(8, 50).putLong(16, address).putLong(24, 30);
    }

    @Test
    void movesVectors() throws IOException {
        ByteBuffer iovecs = iovecs();
        try (FileDescriptor file = open(FileDescriptor.O_RDWR)) {
            for (int i = 0; i < 200; i++) {
                memory.put(i, (byte) i);
            }
            int flags = FileCalls.RWF_DSYNC;
            assertEquals(80, calls.pwritev(file.number(), NativeBuffers.address(iovecs), 2, 1000, flags));
            byte[] bytes = Files.readAllBytes(path);
            assertEquals(7, bytes[999]);
            assertEquals(100, bytes[1000]);
            assertEquals(0, bytes[1050]);
            assertEquals(29, bytes[1079]);
            assertEquals(7, bytes[1080]);
            memory.put(100, (byte) 0);
            assertEquals(80, calls.preadv(file.number(), NativeBuffers.address(iovecs), 2, 1000));
            assertEquals(100, memory.get(100));
            assertEquals(10, calls.pread(file.number(), address, 100, SIZE - 10));
            assertEquals(0, calls.pread(file.number(), address, 100, SIZE));
            assertEquals(3, calls.pwrite(file.number(), address + 20, 3, 0));
            assertEquals(0, calls.fdatasync(file.number()));
            assertEquals(SIZE, calls.end(file.number()));
        }
        assertEquals(20, Files.readAllBytes(path)[0]);
    }

    @Test
    void errorsAreNegatedErrnos() {
        try (FileDescriptor file = open(FileDescriptor.O_RDONLY)) {
            assertEquals(-Errno.EBADF, calls.pwrite(file.number(), address, 1, 0));
            assertEquals(-Errno.EFAULT, calls.pread(file.number(), 1, 1, 0));
            assertEquals(-Errno.EBADF, calls.fallocate(file.number(), FileCalls.FALLOC_FL_KEEP_SIZE, 0, 1));
            assertEquals(-Errno.EBADF, calls.fdatasync(-1));
            assertTrue(calls.discard(file.number(), 0, 512) < 0, "not a block device");
            assertTrue(calls.zeroOut(file.number(), 0, 512) < 0, "not a block device");
        }
    }

    @Test
    void punchesHoles() throws IOException {
        try (FileDescriptor file = open(FileDescriptor.O_RDWR)) {
            int mode = FileCalls.FALLOC_FL_KEEP_SIZE | FileCalls.FALLOC_FL_PUNCH_HOLE;
            long done = calls.fallocate(file.number(), mode, 4096, 8192);
            assumeTrue(done != -Errno.EOPNOTSUPP, "this file system punches no holes");
            assertEquals(0, done);
            byte[] expected = new byte[SIZE];
            Arrays.fill(expected, (byte) 7);
            Arrays.fill(expected, 4096, 12288, (byte) 0);
            assertArrayEquals(expected, Files.readAllBytes(path));
        }
    }

    @Test
    void tellsWhatAFileIs() {
        try (FileDescriptor file = open(FileDescriptor.O_RDONLY)) {
            DiskStatus status = DiskStatus.of(file);
            assertEquals(DiskStatus.Kind.REGULAR, status.kind());
            assertEquals(SIZE, status.size());
            assertEquals(0, status.blockSize());
            assertEquals(SIZE, DiskStatus.sizeOf(file, status.kind()));
        }
        try (FileDescriptor file = FileDescriptor.open("/dev/null", FileDescriptor.O_RDONLY)) {
            assertEquals(DiskStatus.Kind.OTHER, DiskStatus.of(file).kind());
        }
    }

    @Test
    void tellsWhatABlockDeviceIs() throws IOException {
        assumeTrue(LoopDevice.possible(), "no right to make loop devices here");
        try (LoopDevice loop = LoopDevice.on(path);
                FileDescriptor file = FileDescriptor.open(loop.path(), FileDescriptor.O_RDWR)) {
            DiskStatus status = DiskStatus.of(file);
            assertEquals(DiskStatus.Kind.BLOCK_DEVICE, status.kind());
            assertEquals(SIZE, status.size());
            assertEquals(512, status.blockSize());
            assertTrue(status.physicalBlockSize() >= 512);
            assertEquals(SIZE, DiskStatus.sizeOf(file, status.kind()));
            assertEquals(0, calls.zeroOut(file.number(), 4096, 8192));
            assertEquals(16, calls.pread(file.number(), address, 16, 12280));
            assertEquals(0, memory.get(7));
            assertEquals(7, memory.get(8));
            assertEquals(-Errno.EINVAL, calls.zeroOut(file.number(), 1, 512));
        }
    }

    @Test
    void writersKeepOthersOutAndReadersOnlyWriters() {
        FileDescriptor reader = open(FileDescriptor.O_RDONLY);
        FileDescriptor other = open(FileDescriptor.O_RDONLY);
        try (FileDescriptor writer = open(FileDescriptor.O_RDWR)) {
            assertTrue(FileLock.tryLock(reader, false));
            assertTrue(FileLock.tryLock(other, false));
            assertFalse(FileLock.tryLock(writer, true));
            reader.close();
            other.close();
            assertTrue(FileLock.tryLock(writer, true));
            try (FileDescriptor late = open(FileDescriptor.O_RDWR)) {
                assertFalse(FileLock.tryLock(late, true));
                assertFalse(FileLock.tryLock(late, false));
            }
            assertThrows(SystemCallException.class, () -> FileLock.tryLock(reader, false));
        } finally {
            reader.close();
            other.close();
        }
    }

    /** Also against another process, which locks the way POSIX knows. */
    @Test
    void lockHoldsAcrossProcesses() throws IOException, InterruptedException {
        Path python = Path.of("/usr/bin/python3");
        assumeTrue(Files.isExecutable(python), "no python3 here");
        String script = "import fcntl,sys\n"
                + "f=open(sys.argv[1],'r+b')\n"
                + "try: fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB)\n"
                + "except OSError: sys.exit(3)\n";
        try (FileDescriptor writer = open(FileDescriptor.O_RDWR)) {
            assertTrue(FileLock.tryLock(writer, true));
            assertEquals(3, exit(python.toString(), "-c", script, path.toString()));
        }
        assertEquals(0, exit(python.toString(), "-c", script, path.toString()));
    }

    private static int exit(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return process.exitValue();
    }
}
