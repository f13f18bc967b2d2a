package dev.jvmm.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.EventFd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Beginning and end of a loop. */
final class EventLoopLifeTest extends EventLoopFixture {
    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("test-loop")).count();
    }

    private static int openDescriptors() throws IOException {
        try (var list = Files.list(Path.of("/proc/self/fd"))) {
            return (int) list.count();
        }
    }

    @Test
    void idleLoopHasNoThread() {
        loop.timer(() -> {});
        assertEquals(0, threads());
        assertFalse(loop.inLoop());
        assertTrue(loop.close(1));
        assertFalse(loop.post(() -> {}));
        assertEquals(0, threads());
    }

    @Test
    void closeRunsWhatWasPostedAndLeavesNothingOpen() throws IOException {
        liveOnce(); // what the JVM opens for the classes stays open
        int before = openDescriptors();
        for (int i = 0; i < 20; i++) {
            liveOnce();
        }
        assertEquals(before, openDescriptors());
    }

    private void liveOnce() {
        EventLoop other = new EventLoop("other", (who, failure) -> failures.add(failure));
        AtomicInteger ran = new AtomicInteger();
        try (EventFd event = EventFd.create()) {
            Registration registration = other.register(event, Epoll.IN, events -> {});
            Timer timer = other.timer(() -> {});
            timer.schedule(Long.MAX_VALUE);
            for (int n = 0; n < 10; n++) {
                assertTrue(other.post(ran::incrementAndGet));
            }
            assertTrue(other.close(30_000));
            assertEquals(10, ran.get());
            registration.modify(Epoll.OUT);
            registration.close();
            timer.schedule(0);
            timer.close();
            assertThrows(IllegalStateException.class, () -> other.register(event, Epoll.IN, events -> {}));
        }
    }

    @Test
    void closeFromWithinAndTwice() throws InterruptedException {
        BlockingQueue<Boolean> answer = new LinkedBlockingQueue<>();
        EventLoop other = new EventLoop("inner", (who, failure) -> failures.add(failure));
        other.post(() -> answer.add(other.close(1)));
        assertFalse(answer.take(), "it ends after this turn");
        assertTrue(other.close(30_000));
        assertTrue(other.close(30_000));
    }

    @Test
    void closeDoesNotWaitForEverAndSaysSo() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        BlockingQueue<Object> said = new LinkedBlockingQueue<>();
        EventLoop other = new EventLoop("stuck", (who, failure) -> said.add(who));
        other.post(() -> {
            inside.countDown();
            try {
                leave.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        inside.await();
        assertFalse(other.close(1));
        assertEquals(other, said.take());
        leave.countDown();
        assertTrue(other.close(30_000));
    }
}
