package dev.jvmm.event;

/** Hears of work on the loop that threw. Called on the loop's thread, or on the one that closes the loop. */
public interface FailureListener {
    /**
     * A handler failed and is unregistered, a timer's or a posted task failed, or the loop itself: then the loop is {@code who}.
     */
    void failed(Object who, Throwable failure);
}
