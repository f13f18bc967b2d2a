package dev.jvmm.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Two commands run in turn, A B A B ..., so that a machine whose speed drifts slows both; what counts is the ratio of each pair.
 *
 * @param a milliseconds of each run of the first command
 * @param b those of the second
 */
record Pairs(String name, String nameA, String nameB, List<Double> a, List<Double> b) {
    /**
     * One uncounted pair, then {@code count} that count.
     *
     * @return the times; and the times by the guests' own clocks, where they told them
     */
    static List<Pairs> measure(String name, TimedRun first, TimedRun second, int count)
            throws IOException, InterruptedException {
        first.sample();
        second.sample();
        List<TimedRun.Sample> a = new ArrayList<>();
        List<TimedRun.Sample> b = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            a.add(first.sample());
            b.add(second.sample());
        }
        Pairs whole = new Pairs(name, first.name(), second.name(), times(a), times(b));
        Pairs clocks = new Pairs(name + ", by its clock", first.name(), second.name(), clocks(a), clocks(b));
        return clocks.ratios().stream().anyMatch(ratio -> ratio.isNaN()) ? List.of(whole) : List.of(whole, clocks);
    }

    private static List<Double> times(List<TimedRun.Sample> samples) {
        return samples.stream().map(TimedRun.Sample::milliseconds).toList();
    }

    private static List<Double> clocks(List<TimedRun.Sample> samples) {
        return samples.stream().map(TimedRun.Sample::guestClock).toList();
    }

    List<Double> ratios() {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            ratios.add(a.get(i) / b.get(i));
        }
        return ratios;
    }

    /** The value below which a fraction of the sorted values lies, 0.5 being the median. */
    static double quantile(List<Double> values, double fraction) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        double at = fraction * (sorted.size() - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.size() - 1);
        return sorted.get(below) + (at - below) * (sorted.get(above) - sorted.get(below));
    }

    /** A line for a person. */
    String summary() {
        return String.format(
                Locale.ROOT,
                "%-28s %s %.1f ms / %s %.1f ms = %.2f (quartiles %.2f to %.2f, %d pairs)",
                name, nameA, quantile(a, 0.5), nameB, quantile(b, 0.5), quantile(ratios(), 0.5),
                quantile(ratios(), 0.25), quantile(ratios(), 0.75), a.size());
    }

    /** An object of JSON. */
    String json() {
        return String.format(
                Locale.ROOT,
                "{\"name\":\"%s\",\"a\":\"%s\",\"b\":\"%s\",\"a_ms\":%s,\"b_ms\":%s,\"ratio\":{\"median\":%.4f,"
                        + "\"p25\":%.4f,\"p75\":%.4f}}",
                name, nameA, nameB, a, b, quantile(ratios(), 0.5), quantile(ratios(), 0.25),
                quantile(ratios(), 0.75));
    }
}
