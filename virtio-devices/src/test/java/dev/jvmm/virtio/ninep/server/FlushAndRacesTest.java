package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.testing.NinepDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several requests at a time: flushes, resets, and names that change under a walk. */
@Timeout(60)
final class FlushAndRacesTest extends ServerFixture {
    private static final int FLUSH = 108;
    private static final int GETATTR = 24;
    private static final int READ = 116;

    /** A message whose server waits when it comes to the data. */
    private static final class Slow implements Message {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        private final BufferMessage behind = BufferMessage.ofSize(100);

        @Override
        public int length() {
            return behind.length();
        }

        @Override
        public void read(int offset, ByteBuffer to) {
            behind.read(offset, to);
        }

        @Override
        public void write(int offset, ByteBuffer from) {
            behind.write(offset, from);
        }

        @Override
        public int vectors(int offset, int length, IoVectors into) {
            begun.countDown();
            try {
                assertTrue(goOn.await(30, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return behind.vectors(offset, length, into);
        }
    }

    private static BufferMessage copy(ByteBuffer request, int tag) {
        BufferMessage copy = BufferMessage.ofSize(request.limit());
        copy.buffer().put(0, request, 0, request.limit()).putShort(5, (short) tag);
        return copy;
    }

    private BufferMessage flushOf(int oldTag, int tag) {
        return copy(driver.begin(FLUSH).i16(oldTag).finish(), tag);
    }

    @Test
    void aFlushIsAnsweredBehindItsRequest() throws Exception {
        Files.writeString(root.resolve("f"), "text");
        driver.walk(0, 1, "f");
        driver.open(1, 0);
        BufferMessage request = copy(driver.begin(READ).i32(1).i64(0).i32(4).finish(), 77);
        BufferMessage flush = flushOf(77, 78);
        client.received(request);
        client.received(flush);
        Slow reply = new Slow();
        Thread reader = Thread.startVirtualThread(() -> client.handle(request, reply));
        assertTrue(reply.begun.await(30, TimeUnit.SECONDS));
        AtomicBoolean flushed = new AtomicBoolean();
        Thread flusher = Thread.startVirtualThread(() -> {
            assertEquals(7, client.handle(flush, BufferMessage.ofSize(11)));
            flushed.set(true);
        });
        assertFalse(flusher.join(java.time.Duration.ofMillis(50)));
        reply.goOn.countDown();
        reader.join();
        assertFalse(flusher.join(java.time.Duration.ofMillis(50)), "the reply is not on its way yet");
        client.answered(request);
        flusher.join();
        assertTrue(flushed.get());
        client.answered(flush);
    }

    @Test
    void whatNobodyHasBegunWithIsDropped() {
        BufferMessage request = copy(driver.begin(GETATTR).i32(0).i64(0x7FF).finish(), 5);
        BufferMessage flush = flushOf(5, 6);
        client.received(request);
        client.received(flush);
        BufferMessage reply = BufferMessage.ofSize(1000);
        assertEquals(7, client.handle(flush, reply));
        client.answered(flush);
        assertEquals(0, client.handle(request, reply));
        client.answered(request);
        assertTrue(client.handle(request, reply) > 100, "the tag is free again");
        driver.flush(12345);
        assertEquals(7, client.handle(flushOf(9, 9), reply), "of itself");
    }

    @Test
    void aResetUnderARequestClosesNothingUnderIt() throws Exception {
        Files.writeString(root.resolve("f"), "text");
        driver.walk(0, 1, "f");
        driver.open(1, 0);
        BufferMessage request = copy(driver.begin(READ).i32(1).i64(0).i32(4).finish(), 77);
        Slow reply = new Slow();
        AtomicInteger length = new AtomicInteger();
        Thread reader = Thread.startVirtualThread(() -> length.set(client.handle(request, reply)));
        assertTrue(reply.begun.await(30, TimeUnit.SECONDS));
        client.reset();
        assertEquals(0, client.fidCount());
        assertEquals(1, client.openFileCount(), "still in use");
        reply.goOn.countDown();
        reader.join();
        assertEquals(15, length.get());
        assertEquals(0, client.openFileCount());
    }

    /** Threads that swap a directory for a link to what is outside, or move it about, while others walk through it. */
    @Test
    void noRaceLeadsOutOfTheShare() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("secret"), CANARY);
        Files.createDirectories(root.resolve("a/b/c"));
        Files.createDirectory(root.resolve("elsewhere"));
        Files.createSymbolicLink(root.resolve("link"), outside);
        Files.createSymbolicLink(root.resolve("a/b/up"), Path.of("../../../outside"));
        AtomicBoolean stop = new AtomicBoolean();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Thread[] threads = { racer(stop, failures, this::swap), racer(stop, failures, this::move),
            racer(stop, failures, walker("b", "secret")),
            racer(stop, failures, walker("b", "c", "..", "..", "..", "outside")),
            racer(stop, failures, maker()) };
        Thread.sleep(2_000);
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, failures.size(), () -> failures.peek().toString());
        try (var files = Files.list(outside)) {
            assertEquals(1, files.count(), "nothing was made outside");
        }
        assertEquals(CANARY, Files.readString(outside.resolve("secret")));
    }

    /** Something to do again and again. */
    private interface Step {
        void run() throws IOException;
    }

    private static Thread racer(AtomicBoolean stop, ConcurrentLinkedQueue<Throwable> failures, Step step) {
        return Thread.startVirtualThread(() -> {
            while (!stop.get()) {
                try {
                    step.run();
                } catch (NinepDriver.Refused | IOException e) {
                    // lost the race
                } catch (Throwable e) {
                    failures.add(e);
                    return;
                }
            }
        });
    }

    /** The directory a is the link for a moment. */
    private void swap() throws IOException {
        Path a = root.resolve("a");
        Files.move(a, root.resolve("kept"));
        try {
            Files.createSymbolicLink(a, folder.resolve("outside"));
            Files.delete(a);
        } finally {
            Files.move(root.resolve("kept"), a);
        }
    }

    private void move() throws IOException {
        Path c = root.resolve("a/b/c");
        Files.move(c, root.resolve("elsewhere/c"), StandardCopyOption.ATOMIC_MOVE);
        Files.move(root.resolve("elsewhere/c"), c, StandardCopyOption.ATOMIC_MOVE);
    }

    private Step walker(String... names) {
        NinepDriver own = NinepDriver.of(share.connect()).start();
        long inside = own.getattr(0).qid().path() >>> 56;
        String[] path = new String[names.length + 1];
        path[0] = "a";
        System.arraycopy(names, 0, path, 1, names.length);
        return () -> {
            own.version(NinepDriver.MSIZE);
            own.attach(0, 0, "");
            int found = own.walk(0, 1, path).size();
            if (found == path.length) {
                throw new AssertionError("walked to what is outside");
            }
            if (inside != own.getattr(0).qid().path() >>> 56) {
                throw new AssertionError("another root");
            }
        };
    }

    private Step maker() {
        NinepDriver own = NinepDriver.of(share.connect()).start();
        return () -> {
            own.version(NinepDriver.MSIZE);
            own.attach(0, 0, "");
            if (own.walk(0, 1, "a").size() == 1) {
                own.create(1, "made", 2, 0600, 0);
                own.write(1, 0, new byte[10]);
            }
        };
    }

    /** What one thread removes another has opened, on the same fids. */
    @Test
    void threadsShareFids() throws Exception {
        for (int i = 0; i < 8; i++) {
            Files.writeString(root.resolve("f" + i), "text");
        }
        AtomicBoolean stop = new AtomicBoolean();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            NinepDriver own = NinepDriver.of(client);
            int seed = t;
            int[] count = { seed };
            threads[t] = racer(stop, failures, () -> {
                int fid = 1 + (count[0] += 7) % 5;
                switch (count[0] % 6) {
                    case 0 -> own.walk(0, fid, "f" + count[0] % 8);
                    case 1 -> own.open(fid, 2);
                    case 2 -> own.clunk(fid);
                    case 3 -> own.walk(fid, 1 + (fid + 1) % 5);
                    case 4 -> own.getattr(fid);
                    default -> own.read(fid, 0, 10);
                }
            });
        }
        Thread.sleep(1_000);
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, failures.size(), () -> failures.peek().toString());
        driver.version(8192);
        assertEquals(0, client.openFileCount());
        refused(Errno.EBADF, () -> driver.getattr(0));
    }
}
