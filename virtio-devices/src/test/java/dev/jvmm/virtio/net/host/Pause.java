package dev.jvmm.virtio.net.host;

import java.util.function.BooleanSupplier;

/** Bounded waiting. */
final class Pause {
    private Pause() {}

    static void millis(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until it is so, 20 seconds at the most. */
    static void until(String what, BooleanSupplier condition) {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            if (i == 10_000) {
                throw new AssertionError("not within 20 seconds: " + what);
            }
            millis(2);
        }
    }
}
