package dev.jvmm.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.EventFd;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SystemCallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors on the loop. */
final class EventLoopTest extends EventLoopFixture {
    @Test
    void handlerRunsWhenReadyAndOnTheLoopsThread() throws InterruptedException {
        BlockingQueue<Long> got = new LinkedBlockingQueue<>();
        BlockingQueue<Boolean> where = new LinkedBlockingQueue<>();
        try (EventFd event = EventFd.create()) {
            Registration registration = loop.register(event, Epoll.IN, events -> {
                where.add(loop.inLoop() && Thread.currentThread().isDaemon());
                got.add(event.drain());
            });
            event.signal();
            assertEquals(1, got.take());
            assertTrue(where.take());
            event.signal();
            assertEquals(1, got.take());
            registration.close();
            event.signal();
            settle();
            assertNull(got.poll());
            registration.close();
        }
    }

    @Test
    void handlerThatDoesNotDrainIsCalledAgain() throws InterruptedException {
        CountDownLatch calls = new CountDownLatch(10);
        try (EventFd event = EventFd.create()) {
            try (Registration _ = loop.register(event, Epoll.IN, events -> calls.countDown())) {
                event.signal();
                calls.await();
                settle();
            }
        }
    }

    @Test
    void modifyPausesAndResumes() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        try (EventFd event = EventFd.create()) {
            Registration registration = loop.register(event, 0, events -> {
                calls.incrementAndGet();
                event.drain();
            });
            event.signal();
            settle();
            assertEquals(0, calls.get());
            registration.modify(Epoll.IN);
            settle();
            assertEquals(1, calls.get());
            registration.modify(Epoll.OUT);
            settle();
            assertTrue(calls.get() > 1);
            registration.modify(0);
            settle();
            int before = calls.get();
            settle();
            assertEquals(before, calls.get());
            registration.close();
            registration.modify(Epoll.IN);
        }
    }

    @Test
    void registeringTwiceIsRefused() throws InterruptedException {
        try (EventFd event = EventFd.create()) {
            Registration first = loop.register(event, Epoll.IN, events -> event.drain());
            assertThrows(SystemCallException.class, () -> loop.register(event, Epoll.IN, events -> {}));
            first.close();
            CountDownLatch called = new CountDownLatch(1);
            try (Registration _ = loop.register(event, Epoll.IN, events -> {
                event.drain();
                called.countDown();
            })) {
                event.signal();
                called.await();
            }
        }
    }

    @Test
    void failingHandlerIsUnregisteredAlone() throws InterruptedException {
        AtomicInteger bad = new AtomicInteger();
        BlockingQueue<Long> good = new LinkedBlockingQueue<>();
        try (EventFd one = EventFd.create();
                EventFd two = EventFd.create()) {
            loop.register(one, Epoll.IN, events -> {
                bad.incrementAndGet();
                throw new IllegalStateException("bad");
            });
            try (Registration _ = loop.register(two, Epoll.IN, events -> good.add(two.drain()))) {
                one.signal();
                assertEquals("bad", failures.take().getMessage());
                two.signal();
                good.take();
                settle();
                assertEquals(1, bad.get());
            }
        }
    }

    @Test
    void closeOfARegistrationWaitsForItsHandler() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicInteger finished = new AtomicInteger();
        try (EventFd event = EventFd.create()) {
            Registration registration = loop.register(event, Epoll.IN, events -> {
                event.drain();
                inside.countDown();
                try {
                    leave.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                finished.incrementAndGet();
            });
            event.signal();
            inside.await();
            Thread closer = new Thread(registration::close);
            closer.start();
            while (closer.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            leave.countDown();
            closer.join();
            assertEquals(1, finished.get());
        }
    }

    @Test
    void handlerMayCloseItselfAndOthersOfItsTurn() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        Registration[] both = new Registration[2];
        try (EventFd one = EventFd.create();
                EventFd two = EventFd.create()) {
            EventHandler closer = events -> {
                calls.incrementAndGet();
                both[0].close();
                both[1].close();
            };
            loop.post(() -> {
                both[0] = loop.register(one, Epoll.IN, closer);
                both[1] = loop.register(two, Epoll.IN, closer);
                one.signal();
                two.signal();
            });
            settle();
            settle();
            assertEquals(1, calls.get());
        }
    }

    @Test
    void hangUpIsToldAndAPauseIsQuiet() throws InterruptedException, IOException {
        Process process = new ProcessBuilder("cat").redirectErrorStream(true).start();
        Path pipe = Path.of("/proc/" + process.pid() + "/fd/1");
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        try (FileDescriptor reader = FileDescriptor.open(pipe.toString(),
                FileDescriptor.O_RDONLY | FileDescriptor.O_NONBLOCK)) {
            Registration registration = loop.register(reader, 0, events -> {
                calls.incrementAndGet();
                seen.set(events);
            });
            process.destroy();
            process.waitFor();
            settle();
            settle();
            assertEquals(0, calls.get(), "a hang-up while paused does not spin");
            registration.modify(Epoll.IN);
            while ((seen.get() & Epoll.HUP) == 0) {
                settle();
            }
            registration.close();
        }
    }

    @Test
    void regularFileIsAlwaysReady(@TempDir Path folder) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("input"), "x".repeat(100));
        BlockingQueue<Integer> total = new LinkedBlockingQueue<>();
        ByteBuffer buffer = NativeBuffers.allocate(16);
        int[] sum = new int[1];
        try (FileDescriptor input = FileDescriptor.open(file.toString(), FileDescriptor.O_RDONLY)) {
            Registration[] self = new Registration[1];
            self[0] = loop.register(input, 0, events -> {
                long count = input.read(buffer.clear());
                sum[0] += (int) count;
                if (count == 0) {
                    self[0].modify(0);
                    total.add(sum[0]);
                }
            });
            settle();
            assertNull(total.poll());
            self[0].modify(Epoll.IN);
            assertEquals(100, total.take());
            settle();
            assertNull(total.poll(), "paused");
            self[0].modify(Epoll.IN);
            assertEquals(100, total.take());
            self[0].close();
        }
    }
}
