package dev.jvmm.event;

/** What a descriptor's events lead to. Runs on the loop's thread, never at the same time as itself. */
public interface EventHandler {
    /**
     * Does a bounded piece of work without blocking: the loop asks again as long as the descriptor is ready, and others want
     * their turn.
     *
     * @param events {@code Epoll.IN} and so on; {@code ERR} and {@code HUP} come unasked
     */
    void ready(int events);
}
