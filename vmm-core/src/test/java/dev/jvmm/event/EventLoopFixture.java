package dev.jvmm.event;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A loop whose failures a test expects or dies of. Waits are for events, never for times; a loop that hangs times out. */
@Timeout(60)
abstract class EventLoopFixture {
    final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    final EventLoop loop = new EventLoop("test-loop", (who, failure) -> failures.add(failure));

    @AfterEach
    void close() {
        assertTrue(loop.close(30_000));
        assertNull(failures.poll(), "an unexpected failure");
    }

    /** Returns once the loop has finished all that was there before. */
    final void settle() throws InterruptedException {
        for (int turn = 0; turn < 2; turn++) {
            CountDownLatch done = new CountDownLatch(1);
            assertTrue(loop.post(done::countDown));
            done.await();
        }
    }
}
