package dev.jvmm.benchmarks;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * How guests that came up at once did.
 *
 * @param times milliseconds of each, from the request that was made for all to its answer
 * @param memory of all of them while they lived
 * @param booted of as many guests that were booted; empty if that was not looked at
 */
record CloneReport(
        String name, List<Double> times, List<Conversation.Clock> clocks, ProcessMemory memory,
        Optional<ProcessMemory> booted) {
    private static final double CLOCK_LIMIT = 100;
    private static final double KIB_A_MIB = 1024;

    /** Fails unless each guest is unlike every other. */
    static void requireDistinct(List<Conversation.Answer> answers) {
        requireDistinct("machine id", answers, Conversation.Answer::machineId);
        requireDistinct("hostname", answers, Conversation.Answer::hostname);
        requireDistinct("random bytes", answers, Conversation.Answer::random);
    }

    private static void requireDistinct(
            String what, List<Conversation.Answer> answers, Function<Conversation.Answer, String> part) {
        Set<String> seen = new HashSet<>();
        for (Conversation.Answer answer : answers) {
            if (!seen.add(part.apply(answer))) {
                throw new IllegalStateException("two guests have the " + what + " " + part.apply(answer));
            }
        }
    }

    private double worstClock() {
        return clocks.stream().mapToDouble(clock -> Math.abs(clock.error())).max().orElse(0);
    }

    boolean clocksAreRight() {
        return worstClock() <= CLOCK_LIMIT;
    }

    private double share() {
        return booted.map(cold -> (double) memory.pss() / cold.pss()).orElse(Double.NaN);
    }

    /** Lines for a person. */
    String summary() {
        String text = String.format(
                Locale.ROOT,
                "%s: %d, all distinct; request to answer p50 %.0f ms, p95 %.0f ms, most %.0f ms%n"
                        + "  clocks wrong by up to %.1f ms%s (known to %.1f ms)%n  memory %.1f MiB (Pss), %.1f MiB of it written to",
                name, times.size(), Pairs.quantile(times, 0.5), Pairs.quantile(times, 0.95), Pairs.quantile(times, 1),
                worstClock(), clocksAreRight() ? "" : ": TOO MUCH",
                clocks.stream().mapToDouble(Conversation.Clock::uncertainty).max().orElse(0), memory.pss() / KIB_A_MIB,
                memory.dirty() / KIB_A_MIB);
        if (booted.isEmpty()) {
            return text;
        }
        return text + String.format(
                Locale.ROOT, "; as many that were booted: %.1f MiB, %.1f MiB; %.1f %% of it",
                booted.get().pss() / KIB_A_MIB,
                booted.get().dirty() / KIB_A_MIB, share() * 100);
    }

    /** An object of JSON. */
    String json() {
        String cold = booted.map(it -> String.format(Locale.ROOT, ",\"booted\":%s,\"share\":%.4f", json(it), share()))
                .orElse("");
        return String.format(
                Locale.ROOT,
                "{\"name\":\"%s\",\"ms\":%s,\"p50\":%.1f,\"p95\":%.1f,\"max\":%.1f,\"clock_errors_ms\":%s,"
                        + "\"memory\":%s%s}",
                name, times, Pairs.quantile(times, 0.5), Pairs.quantile(times, 0.95), Pairs.quantile(times, 1),
                clocks.stream().map(Conversation.Clock::error).toList(), json(memory), cold);
    }

    private static String json(ProcessMemory memory) {
        return "{\"pss_kib\":" + memory.pss() + ",\"private_kib\":" + memory.own() + ",\"private_dirty_kib\":"
                + memory.dirty() + "}";
    }
}
