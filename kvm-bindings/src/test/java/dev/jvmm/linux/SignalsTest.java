package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Each in a thread of its own: the masks die with it. */
final class SignalsTest {
    private static final int KICK = Signals.FIRST_REAL_TIME + 5;

    private static void inThread(Runnable body) throws InterruptedException {
        FutureTask<Void> task = new FutureTask<>(body, null);
        Thread thread = new Thread(task);
        thread.start();
        try {
            task.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    @Test
    void blockedSignalIsEaten() throws InterruptedException {
        inThread(() -> {
            Signals signals = new Signals();
            assertEquals(0, signals.block(KICK) & Signals.bit(KICK));
            assertEquals(Signals.bit(KICK), signals.mask() & Signals.bit(KICK));
            assertFalse(signals.consume(KICK));
            int self = Signals.currentThread();
            assertEquals(0, Signals.send(self, KICK));
            assertEquals(0, Signals.send(self, KICK));
            assertTrue(signals.consume(KICK));
            assertTrue(signals.consume(KICK));
            assertFalse(signals.consume(KICK));
            assertTrue((signals.unblock(KICK) & Signals.bit(KICK)) != 0);
            assertEquals(0, signals.mask() & Signals.bit(KICK));
        });
    }

    @Test
    void reachesOneThreadOnly() throws InterruptedException {
        inThread(() -> {
            Signals signals = new Signals();
            signals.block(KICK);
            int self = Signals.currentThread();
            try {
                inThread(() -> {
                    Signals other = new Signals();
                    other.block(KICK);
                    assertEquals(0, Signals.send(self, KICK));
                    assertFalse(other.consume(KICK));
                });
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            assertTrue(signals.consume(KICK));
        });
    }

    @Test
    void badSignalIsRefused() {
        Signals signals = new Signals();
        assertThrows(IllegalArgumentException.class, () -> signals.block(0));
        assertThrows(IllegalArgumentException.class, () -> signals.block(65));
        assertEquals(1L << 63, Signals.bit(64));
        assertEquals(-Errno.EINVAL, Signals.send(Signals.currentThread(), 65));
    }
}
