package dev.jvmm.virtio.transport;

import java.util.function.BooleanSupplier;

/** Waits that nothing but their condition, or their time, ends. */
final class Waits {
    private Waits() {}

    /** Waits, letting the lock go, whatever interrupts. */
    static void until(Object lock, BooleanSupplier done, long millis) {
        boolean interrupted = false;
        long start = System.nanoTime();
        long left = millis;
        while (!done.getAsBoolean() && left > 0) {
            try {
                lock.wait(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            left = millis - (System.nanoTime() - start) / 1_000_000;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
