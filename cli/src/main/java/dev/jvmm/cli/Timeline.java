package dev.jvmm.cli;

import java.time.Instant;
import java.util.Locale;

/** When the steps of a boot were reached. Any thread may mark; a step counts when it is marked first. */
final class Timeline {
    /** The steps, in the order in which they usually come. */
    enum Step {
        JVM_MAIN, VM_CREATED, KERNEL_LOADED, RESTORED, FIRST_KVM_RUN, FIRST_CONSOLE_BYTE, INIT, COMMAND_STARTED,
        GUEST_OFF
    }

    /** Set by the launcher as its first act when it sees {@code --timing}: nanoseconds since 1970. */
    private static final String STARTED = "JVMM_STARTED";

    private static final Step[] STEPS = Step.values();

    private final long[] nanos = new long[STEPS.length];

    /** Begins with the JVM's entry into our code. */
    Timeline(long mainNanos) {
        nanos[Step.JVM_MAIN.ordinal()] = mainNanos;
    }

    void mark(Step step) {
        long now = System.nanoTime();
        synchronized (this) {
            if (nanos[step.ordinal()] == 0) {
                nanos[step.ordinal()] = now;
            }
        }
    }

    synchronized boolean reached(Step step) {
        return nanos[step.ordinal()] != 0;
    }

    /** One line of JSON: milliseconds from the start of the process; steps that were not reached are left out. */
    synchronized String json() {
        long sinceStart = nanosSinceProcessStart();
        long now = System.nanoTime();
        StringBuilder json = new StringBuilder("{\"process_start\":0");
        for (Step step : STEPS) {
            long at = nanos[step.ordinal()];
            if (at != 0) {
                double millis = (sinceStart - (now - at)) / 1e6;
                json.append(",\"").append(step.name().toLowerCase(Locale.ROOT)).append("\":");
                json.append(String.format(Locale.ROOT, "%.3f", millis));
            }
        }
        return json.append(",\"unit\":\"ms\"}").toString();
    }

    /** By the launcher's clock where it has looked, else by the kernel's. */
    static long nanosSinceProcessStart() {
        String started = System.getenv(STARTED);
        if (started != null && started.matches("[0-9]{18,19}")) {
            return epochNanos(Instant.now()) - Long.parseLong(started);
        }
        // Without the launcher: what /proc knows, in steps of 10 ms.
        Instant start = ProcessHandle.current().info().startInstant().orElse(Instant.now());
        return epochNanos(Instant.now()) - epochNanos(start);
    }

    private static long epochNanos(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000 + instant.getNano();
    }
}
