package dev.jvmm.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of a command as a whole process.
 *
 * @param marker text in the command's output up to which the time counts; empty for all of the run
 * @param exitCodes those that a run may end with; another is an error
 */
record TimedRun(String name, List<String> command, String marker, List<Integer> exitCodes) {
    private static final int LIMIT_SECONDS = 300;
    private static final double NANOS_A_MILLI = 1e6;
    private static final double MILLIS_A_SECOND = 1e3;

    /** As Linux begins the lines of its log: seconds, with six digits after the point. */
    private static final Pattern STAMP = Pattern.compile("\\[ *(\\d+\\.\\d{6})\\]");

    /**
     * What a run took.
     *
     * @param milliseconds from before the process starts until the marker is seen or the process has ended
     * @param guestClock milliseconds by the guest kernel's own clock, if the line with the marker is one of its log; else NaN
     */
    record Sample(double milliseconds, double guestClock) {}

    /** Runs once. */
    Sample sample() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        long start = System.nanoTime();
        Process process = builder.start();
        Thread watchdog = Thread.ofPlatform().daemon().start(() -> killLate(process));
        StringBuilder tail = new StringBuilder();
        long seen = 0;
        double guestClock = Double.NaN;
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (seen == 0 && !marker.isEmpty() && line.contains(marker)) {
                    seen = System.nanoTime();
                    guestClock = stamp(line);
                }
                tail.append(line).append('\n');
            }
        }
        int code = process.waitFor();
        long end = System.nanoTime();
        watchdog.interrupt();
        if (!exitCodes.contains(code) || !marker.isEmpty() && seen == 0) {
            throw new IOException(name + " ended with " + code + " and said:\n" + tail);
        }
        return new Sample(((marker.isEmpty() ? end : seen) - start) / NANOS_A_MILLI, guestClock);
    }

    private static double stamp(String line) {
        Matcher stamp = STAMP.matcher(line);
        return stamp.find() ? Double.parseDouble(stamp.group(1)) * MILLIS_A_SECOND : Double.NaN;
    }

    private static void killLate(Process process) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
