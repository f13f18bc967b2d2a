package dev.jvmm.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One run of a command as a whole process.
 *
 * @param marker text in the command's output up to which the time counts; empty for all of the run
 * @param exitCodes those that a run may end with; another is an error
 */
record TimedRun(String name, List<String> command, String marker, List<Integer> exitCodes) {
    private static final int LIMIT_SECONDS = 300;
    private static final double NANOS_A_MILLI = 1e6;

    /** Milliseconds from before the process starts until the marker is seen or the process has ended. */
    double milliseconds() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        long start = System.nanoTime();
        Process process = builder.start();
        Thread watchdog = Thread.ofPlatform().daemon().start(() -> killLate(process));
        StringBuilder tail = new StringBuilder();
        long seen = 0;
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (seen == 0 && !marker.isEmpty() && line.contains(marker)) {
                    seen = System.nanoTime();
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
        return ((marker.isEmpty() ? end : seen) - start) / NANOS_A_MILLI;
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
