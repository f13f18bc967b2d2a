package dev.jvmm.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.EventFd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Timers and tasks on the loop. */
final class EventLoopTimersTest extends EventLoopFixture {
    @Test
    void failingTasksTimersAndListenersDoNotEndTheLoop() throws InterruptedException {
        loop.post(() -> {
            throw new IllegalStateException("task");
        });
        assertEquals("task", failures.take().getMessage());
        loop.timer(() -> {
            throw new IllegalStateException("timer");
        }).schedule(0);
        assertEquals("timer", failures.take().getMessage());
        settle();
        EventLoop deaf = new EventLoop("deaf", (who, failure) -> {
            throw new IllegalStateException("listener");
        });
        deaf.post(() -> {
            throw new IllegalStateException("task");
        });
        CountDownLatch after = new CountDownLatch(1);
        deaf.post(after::countDown);
        after.await();
        assertTrue(deaf.close(30_000));
    }

    @Test
    void tasksRunInOrderFromManyThreads() throws InterruptedException {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            int tag = i * 1000;
            threads[i] = new Thread(() -> {
                for (int n = 0; n < 1000; n++) {
                    int value = tag + n;
                    loop.post(() -> order.add(value));
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        settle();
        assertEquals(4000, order.size());
        int[] next = new int[4];
        for (int value : order) {
            assertEquals(next[value / 1000]++, value % 1000);
        }
    }

    /** A task that posts itself for ever does not keep the others from their turn, nor the loop from its end. */
    @Test
    void selfPostingTaskStarvesNobody() throws InterruptedException {
        Runnable[] again = new Runnable[1];
        again[0] = () -> loop.post(again[0]);
        loop.post(again[0]);
        CountDownLatch called = new CountDownLatch(1);
        try (EventFd event = EventFd.create()) {
            try (Registration _ = loop.register(event, Epoll.IN, events -> {
                event.drain();
                called.countDown();
            })) {
                event.signal();
                called.await();
            }
        }
        CountDownLatch timer = new CountDownLatch(1);
        loop.timer(timer::countDown).schedule(1);
        timer.await();
    }

    @Test
    void timersFireOnceInTimeAndNeverEarly() throws InterruptedException {
        BlockingQueue<Long> fired = new LinkedBlockingQueue<>();
        Timer timer = loop.timer(() -> fired.add(System.nanoTime()));
        for (long delay : new long[]{ -5, 0, 1, 999_999, 3_000_001 }) {
            long start = System.nanoTime();
            timer.schedule(delay);
            assertTrue(fired.take() - start >= delay);
        }
        settle();
        assertNull(fired.poll());
        timer.close();
        timer.schedule(0);
        settle();
        assertNull(fired.poll());
    }

    @Test
    void earlierTimerWakesASleepingLoop() throws InterruptedException {
        BlockingQueue<String> fired = new LinkedBlockingQueue<>();
        Timer late = loop.timer(() -> fired.add("late"));
        late.schedule(TimeUnit.HOURS.toNanos(1));
        settle();
        Timer soon = loop.timer(() -> fired.add("soon"));
        soon.schedule(1);
        assertEquals("soon", fired.take());
        late.schedule(1);
        assertEquals("late", fired.take());
        late.schedule(Long.MAX_VALUE);
        settle();
        late.cancel();
        settle();
        assertNull(fired.poll());
    }

    @Test
    void timerMayRearmItself() throws InterruptedException {
        CountDownLatch runs = new CountDownLatch(5);
        Timer[] timer = new Timer[1];
        timer[0] = loop.timer(() -> {
            runs.countDown();
            if (runs.getCount() > 0) {
                timer[0].schedule(1000);
            }
        });
        timer[0].schedule(0);
        runs.await();
    }

    @Test
    void cancelBeforeItsTurnCounts() throws InterruptedException {
        AtomicInteger runs = new AtomicInteger();
        Timer[] timers = new Timer[2];
        for (int i = 0; i < 2; i++) {
            int other = 1 - i;
            timers[i] = loop.timer(() -> {
                runs.incrementAndGet();
                timers[other].cancel();
            });
        }
        loop.post(() -> {
            timers[0].schedule(0);
            timers[1].schedule(0);
        });
        settle();
        settle();
        assertEquals(1, runs.get(), "both were due in one turn, and the first took the second back");
    }
}
