package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class EventFdTest {
    @Test
    void countsSignalsUntilDrained() {
        try (EventFd event = EventFd.create()) {
            assertEquals(0, event.drain());
            event.signal();
            event.signal();
            assertEquals(2, event.drain());
            assertEquals(0, event.drain());
        }
    }

    @Test
    void fullCounterIsNoError() {
        try (EventFd event = EventFd.create()) {
            long most = -2; // 0xfffffffffffffffe, the most eventfd(2) holds
            assertEquals(8, event.write(NativeBuffers.allocate(8).putLong(0, most)));
            event.signal();
            assertEquals(most, event.drain());
        }
    }

    @Test
    void closedOneSaysSo() {
        EventFd event = EventFd.create();
        event.close();
        event.close();
        assertEquals(Errno.EBADF, assertThrows(SystemCallException.class, event::signal).errno());
        assertEquals(Errno.EBADF, assertThrows(SystemCallException.class, event::drain).errno());
    }

    @Test
    void losesNothingBetweenThreads() throws InterruptedException {
        try (EventFd event = EventFd.create()) {
            Thread[] threads = new Thread[4];
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(() -> {
                    for (int n = 0; n < 1000; n++) {
                        event.signal();
                    }
                });
                threads[i].start();
            }
            long total = 0;
            for (Thread thread : threads) {
                total += event.drain();
                thread.join();
            }
            assertEquals(4000, total + event.drain());
        }
    }
}
