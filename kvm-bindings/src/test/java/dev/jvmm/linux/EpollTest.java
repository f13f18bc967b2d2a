package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EpollTest {
    @Test
    void tellsWhichIsReadyAndForWhat() {
        try (Epoll epoll = Epoll.create(4);
                EventFd one = EventFd.create();
                EventFd two = EventFd.create()) {
            assertEquals(0, epoll.add(one.number(), Epoll.IN, 0x1122_3344_5566_7788L));
            assertEquals(0, epoll.add(two.number(), Epoll.IN, -2));
            assertEquals(0, epoll.await(0));
            one.signal();
            assertEquals(1, epoll.await(-1));
            assertEquals(0x1122_3344_5566_7788L, epoll.data(0));
            assertEquals(Epoll.IN, epoll.events(0));
            one.drain();
            two.signal();
            assertEquals(1, epoll.await(-1));
            assertEquals(-2, epoll.data(0));
        }
    }

    @Test
    void fillsAWholeBatch() {
        try (Epoll epoll = Epoll.create(2);
                EventFd one = EventFd.create();
                EventFd two = EventFd.create()) {
            epoll.add(one.number(), Epoll.OUT, 5);
            epoll.add(two.number(), Epoll.OUT, 6);
            assertEquals(2, epoll.await(0));
            assertEquals(11, epoll.data(0) + epoll.data(1));
            assertEquals(Epoll.OUT, epoll.events(1));
        }
    }

    @Test
    void changesAndRemoves() {
        try (Epoll epoll = Epoll.create(4);
                EventFd event = EventFd.create()) {
            epoll.add(event.number(), 0, 1);
            event.signal();
            assertEquals(0, epoll.await(0));
            assertEquals(0, epoll.modify(event.number(), Epoll.IN, 2));
            assertEquals(1, epoll.await(0));
            assertEquals(2, epoll.data(0));
            assertEquals(-Errno.EEXIST, epoll.add(event.number(), Epoll.IN, 3));
            assertEquals(0, epoll.remove(event.number()));
            assertEquals(-Errno.ENOENT, epoll.remove(event.number()));
            assertEquals(0, epoll.await(0));
        }
    }

    @Test
    void refusesARegularFile(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("plain"));
        try (Epoll epoll = Epoll.create(1);
                FileDescriptor plain = FileDescriptor.open(file.toString(), FileDescriptor.O_RDONLY)) {
            assertEquals(-Errno.EPERM, epoll.add(plain.number(), Epoll.IN, 0));
        }
        assertThrows(IllegalArgumentException.class, () -> Epoll.create(0));
    }

    @Test
    void timerBecomesReady() {
        try (Epoll epoll = Epoll.create(1);
                TimerFd timer = TimerFd.create()) {
            epoll.add(timer.number(), Epoll.IN, 9);
            assertEquals(0, timer.drain());
            timer.arm(1, 0);
            assertEquals(1, epoll.await(-1));
            assertEquals(1, timer.drain());
            timer.arm(0, 1_000);
            epoll.await(-1);
            assertTrue(timer.drain() >= 1);
            epoll.await(-1);
            timer.disarm();
            assertEquals(0, timer.drain());
            assertEquals(0, epoll.await(0));
            timer.arm(3_600_000_000_000L, 0);
            assertEquals(0, epoll.await(0));
            assertThrows(IllegalArgumentException.class, () -> timer.arm(1, -1));
        }
    }

    @Test
    void waitingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Epoll epoll = Epoll.create(4);
                EventFd event = EventFd.create()) {
            epoll.add(event.number(), Epoll.IN, 7);
            long fewest = Long.MAX_VALUE; // until the compiler has seen that the downcall's own helper object goes nowhere
            for (int batch = 0; batch < 60 && fewest > 0; batch++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                assertEquals(80_000, rounds(epoll, event, 10_000));
                fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, fewest, "bytes allocated in 10,000 rounds");
        }
    }

    private static long rounds(Epoll epoll, EventFd event, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            event.signal();
            epoll.await(-1);
            sum += epoll.data(0) + event.drain();
        }
        return sum;
    }
}
