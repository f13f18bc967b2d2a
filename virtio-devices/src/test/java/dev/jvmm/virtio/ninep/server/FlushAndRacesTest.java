package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.testing.NinepDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several requests at a time: flushes, resets, and fids that change under each other's requests. */
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

    /** Something to do again and again. */
    private interface Step {
        void run() throws IOException;
    }

    private static Thread racer(AtomicBoolean stop, ConcurrentLinkedQueue<Throwable> failures, Step step) {
        Thread thread = new Thread(() -> {
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
        thread.start();
        return thread;
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
