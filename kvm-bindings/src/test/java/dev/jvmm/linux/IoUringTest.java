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
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** The rings against real files. */
@Timeout(60)
final class IoUringTest {
    private static final int SIZE = 1 << 20;
    private static final int CHUNK = 4096;

    @TempDir
    Path folder;

    private Path path;
    private FileDescriptor file;
    private IoUring ring;

    @BeforeEach
    void open() throws IOException {
        try {
            ring = IoUring.create(8);
        } catch (IoUringUnavailableException e) {
            throw new TestAbortedException(e.getMessage());
        }
        path = folder.resolve("disk");
        Files.write(path, pattern());
        file = FileDescriptor.open(path.toString(), FileDescriptor.O_RDWR);
    }

    @AfterEach
    void close() {
        if (ring != null) {
            ring.close();
            ring.close();
            file.close();
        }
    }

    private static byte[] pattern() {
        byte[] bytes = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            bytes[i] = (byte) (i / CHUNK * 31 + i);
        }
        return bytes;
    }

    /** Submits and takes the one completion there is. */
    private int run() {
        assertEquals(1, ring.submitAndWait());
        assertTrue(ring.reap());
        int result = ring.result();
        assertFalse(ring.reap());
        return result;
    }

    @Test
    void readsAndWritesWhereItIsTold() throws IOException {
        ByteBuffer buffer = NativeBuffers.allocate(CHUNK);
        assertTrue(ring.read(file.number(), NativeBuffers.address(buffer), CHUNK, 3 * CHUNK, 77));
        assertEquals(CHUNK, run());
        assertEquals(77, ring.id());
        byte[] expected = pattern();
        for (int i = 0; i < CHUNK; i++) {
            assertEquals(expected[3 * CHUNK + i], buffer.get(i));
        }
        assertTrue(ring.write(file.number(), NativeBuffers.address(buffer), 100, 5 * CHUNK, 0, -1));
        assertEquals(100, run());
        assertEquals(-1, ring.id());
        System.arraycopy(expected, 3 * CHUNK, expected, 5 * CHUNK, 100);
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    @Test
    void gathersAndScatters() throws IOException {
        ByteBuffer memory = NativeBuffers.allocate(3 * CHUNK);
        ByteBuffer iovecs = NativeBuffers.allocate(3 * 16);
        for (int i = 0; i < 3; i++) {
            iovecs.putLong(i * 16, NativeBuffers.address(memory) + (2 - i) * CHUNK); // the last piece first
            iovecs.putLong(i * 16 + 8, CHUNK);
        }
        assertTrue(ring.readv(file.number(), NativeBuffers.address(iovecs), 3, 0, 1));
        assertEquals(3 * CHUNK, run());
        byte[] expected = pattern();
        for (int i = 0; i < 3 * CHUNK; i++) {
            assertEquals(expected[i], memory.get((2 - i / CHUNK) * CHUNK + i % CHUNK));
        }
        assertTrue(
                ring.writev(file.number(), NativeBuffers.address(iovecs), 2, SIZE - 2 * CHUNK, FileCalls.RWF_DSYNC, 2));
        assertEquals(2 * CHUNK, run());
        System.arraycopy(expected, 0, expected, SIZE - 2 * CHUNK, 2 * CHUNK);
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    @Test
    void tellsErrorsAndShortReads() {
        ByteBuffer buffer = NativeBuffers.allocate(CHUNK);
        long address = NativeBuffers.address(buffer);
        assertTrue(ring.read(-1, address, CHUNK, 0, 1));
        assertEquals(-Errno.EBADF, run());
        assertTrue(ring.read(file.number(), 1, CHUNK, 0, 2));
        assertEquals(-Errno.EFAULT, run());
        assertTrue(ring.read(file.number(), address, CHUNK, SIZE - 10, 3));
        assertEquals(10, run());
        assertTrue(ring.read(file.number(), address, CHUNK, SIZE, 4));
        assertEquals(0, run());
        try (FileDescriptor readOnly = FileDescriptor.open(path.toString(), FileDescriptor.O_RDONLY)) {
            assertTrue(ring.write(readOnly.number(), address, CHUNK, 0, 0, 5));
            assertEquals(-Errno.EBADF, run());
        }
    }

    @Test
    void syncsAndPunches() throws IOException {
        assertTrue(ring.fdatasync(file.number(), 1));
        assertEquals(0, run());
        int mode = FileCalls.FALLOC_FL_PUNCH_HOLE | FileCalls.FALLOC_FL_KEEP_SIZE;
        assertTrue(ring.fallocate(file.number(), mode, CHUNK, 2 * CHUNK, 2));
        int result = run();
        byte[] expected = pattern();
        if (result != -Errno.EOPNOTSUPP) {
            assertEquals(0, result);
            Arrays.fill(expected, CHUNK, 3 * CHUNK, (byte) 0);
        }
        assertArrayEquals(expected, Files.readAllBytes(path));
        assertTrue(ring.fdatasync(-1, 3));
        assertEquals(-Errno.EBADF, run());
    }

    @Test
    void fullRingAsksForASubmission() {
        for (int i = 0; i < ring.capacity(); i++) {
            assertTrue(ring.barrier(i));
        }
        assertFalse(ring.barrier(99));
        assertEquals(ring.capacity(), ring.prepared());
        assertEquals(ring.capacity(), ring.submit());
        assertEquals(0, ring.prepared());
        assertTrue(ring.barrier(99));
    }

    /** The rings' indexes go round many times, and no completion is lost or doubled. */
    @Test
    void everythingCompletesOnce() {
        ByteBuffer memory = NativeBuffers.allocate(8 * CHUNK);
        byte[] expected = pattern();
        int rounds = 200;
        for (int round = 0; round < rounds; round++) {
            int count = 1 + round % ring.capacity();
            for (int i = 0; i < count; i++) {
                long offset = (long) (round * 7 + i) % (SIZE / CHUNK) * CHUNK;
                assertTrue(ring.read(file.number(), NativeBuffers.address(memory) + i * CHUNK, CHUNK, offset, i));
            }
            BitSet missing = new BitSet();
            missing.set(0, count);
            assertEquals(count, ring.submit());
            while (!missing.isEmpty()) {
                if (!ring.reap()) {
                    int submitted = ring.submitAndWait();
                    assertTrue(submitted == 0 || submitted == -Errno.EINTR, () -> "waited: " + submitted);
                    continue;
                }
                assertEquals(CHUNK, ring.result());
                int i = (int) ring.id();
                assertTrue(missing.get(i), "completed once");
                missing.clear(i);
                int from = (round * 7 + i) % (SIZE / CHUNK) * CHUNK;
                assertEquals(expected[from + 5], memory.get(i * CHUNK + 5));
            }
        }
    }

    /** Also of what does not complete while it is submitted: syncing always goes to another thread of the kernel's. */
    @Test
    void eventFdHearsOfCompletions() {
        try (EventFd event = EventFd.create(); Epoll epoll = Epoll.create(1)) {
            ring.notify(event);
            epoll.add(event.number(), Epoll.IN | Epoll.EDGE, 1);
            for (int i = 0; i < 20; i++) {
                assertTrue(ring.fdatasync(file.number(), i));
                assertEquals(1, ring.submit());
                while (!ring.reap()) {
                    int told = epoll.await(30_000);
                    // The kernel interrupts a thread that sleeps when it has completions of its ring to hand over.
                    assertTrue(told == 1 || told == -Errno.EINTR, "told of it: " + told);
                    assertTrue(ring.flush() >= 0);
                }
                assertEquals(i, ring.id());
            }
        }
    }

    @Test
    void mutedEventFdHearsNothing() {
        try (EventFd event = EventFd.create()) {
            ring.notify(event);
            ring.mute(true);
            assertTrue(ring.fdatasync(file.number(), 1));
            assertEquals(1, ring.submitAndWait());
            assertEquals(0, event.drain());
            ring.mute(false);
            assertTrue(ring.hasCompletions());
            assertTrue(ring.reap());
            assertFalse(ring.hasCompletions());
        }
    }

    @Test
    void cancelsWhatWaits() {
        ByteBuffer buffer = NativeBuffers.allocate(8);
        long blocking = new Syscalls().call(SyscallNumber.EVENTFD2, 0, EventFd.EFD_CLOEXEC, 0);
        try (FileDescriptor silent = new FileDescriptor((int) blocking)) {
            assertTrue(ring.read(silent.number(), NativeBuffers.address(buffer), 8, 0, 1));
            assertEquals(1, ring.submit());
            assertFalse(ring.reap(), "nothing was signalled");
            assertTrue(ring.cancelAll(2));
            int left = 2;
            while (left > 0) {
                if (ring.reap()) {
                    left--;
                    assertEquals(ring.id() == 2 ? 1 : -Errno.ECANCELED, ring.result());
                } else {
                    ring.submitAndWait();
                }
            }
        }
    }

    /** The thread that makes the rings need not be the one that uses them. */
    @Test
    void belongsToTheThreadThatSubmitsFirst() throws InterruptedException {
        AtomicInteger result = new AtomicInteger();
        ByteBuffer buffer = NativeBuffers.allocate(CHUNK);
        Thread user = new Thread(() -> {
            ring.read(file.number(), NativeBuffers.address(buffer), CHUNK, 0, 1);
            ring.submitAndWait();
            ring.reap();
            result.set(ring.result());
        });
        user.start();
        user.join();
        assertEquals(CHUNK, result.get());
    }

    @Test
    void needsAnEntry() {
        assertThrows(IllegalArgumentException.class, () -> IoUring.create(0));
    }

    @Test
    void refusalsSayWhatToDo() {
        assertTrue(IoUringUnavailableException.refused(Errno.EPERM).getMessage().contains("kernel.io_uring_disabled"));
        assertTrue(IoUringUnavailableException.refused(Errno.ENOSYS).getMessage().contains("ENOSYS"));
        assertTrue(IoUringUnavailableException.refused(Errno.ENOMEM).getMessage().contains("ulimit -l"));
        assertTrue(IoUringUnavailableException.refused(Errno.EMFILE).getMessage().contains("ulimit -n"));
    }
}
