package dev.jvmm.cli;

import java.util.Locale;

/** When the steps of an {@code exec} were reached. */
final class ExecTiming {
    private final long begun = System.nanoTime();
    private long connected;
    private long answered;

    /** The guest's agent has accepted. */
    void connected() {
        connected = System.nanoTime();
    }

    /** The program runs, or has ended. */
    void answered() {
        answered = System.nanoTime();
    }

    /**
     * One line of JSON: milliseconds from the start of the process. What the guest took for itself is in {@code guest_connect}, from the
     * request for a connection to its answer, and {@code guest_run}, by the agent's own clock.
     *
     * @param guestNanos from the request's arrival at the agent to the agent's answer
     */
    String json(long guestNanos) {
        long now = System.nanoTime();
        double start = Timeline.nanosSinceProcessStart() / 1e6 - (now - begun) / 1e6;
        return String.format(Locale.ROOT,
                "{\"process_start\":0,\"exec\":%.3f,\"connected\":%.3f,\"answered\":%.3f,\"ended\":%.3f,"
                        + "\"guest_connect\":%.3f,\"guest_run\":%.3f,\"unit\":\"ms\"}",
                start, start + (connected - begun) / 1e6, start + (answered - begun) / 1e6,
                start + (now - begun) / 1e6, (connected - begun) / 1e6, guestNanos / 1e6);
    }
}
