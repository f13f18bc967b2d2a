package dev.jvmm.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * {@code jvmm boot} as whole processes, from the default guest's template: one after another, and many at once.
 *
 * <p>Arguments: {@code --jvmm FILE} the launcher; {@code --runs N} of {@code /bin/true} in turn, 0 for none; {@code --count N} at once;
 * {@code --cold N} with {@code --no-template}, one after another, whose memory is scaled, 0 for none; {@code --json FILE} for the figures.
 */
public final class CloneProcesses {
    private static final double NANOS_A_MILLI = 1e6;
    private static final long LIMIT_SECONDS = 300;
    private static final String[] NOTHING = {};

    private String jvmm = "./jvmm";
    private int runs = 20;
    private int count = 25;
    private int cold = 2;
    private String json = "";

    private CloneProcesses() {}

    /** Runs, prints, and fails if a guest is not as it should be. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        CloneProcesses clones = new CloneProcesses();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            clones.set(arguments[i], arguments[i + 1]);
        }
        System.exit(clones.run() ? 0 : 1);
    }

    private void set(String option, String value) {
        switch (option) {
            case "--jvmm" -> jvmm = value;
            case "--runs" -> runs = Integer.parseInt(value);
            case "--count" -> count = Integer.parseInt(value);
            case "--cold" -> cold = Integer.parseInt(value);
            case "--json" -> json = value;
            default -> throw new IllegalArgumentException("unknown option " + option);
        }
    }

    private boolean run() throws IOException, InterruptedException {
        List<String> rows = new ArrayList<>();
        // makes the template, if there is none
        runTrue();
        if (runs > 0) {
            List<Double> times = new ArrayList<>();
            for (int i = 0; i < runs; i++) {
                times.add(runTrue());
            }
            System.out.printf(
                    Locale.ROOT, "jvmm boot -- /bin/true, whole process: median %.0f ms, %.0f to %.0f ms, %d runs%n",
                    Pairs.quantile(times, 0.5), Pairs.quantile(times, 0), Pairs.quantile(times, 1), runs);
            rows.add(String.format(
                    Locale.ROOT, "{\"name\":\"/bin/true, whole process\",\"ms\":%s,\"p50\":%.1f}", times,
                    Pairs.quantile(times, 0.5)));
        }
        Optional<ProcessMemory> booted = cold > 0 ? Optional.of(bootSome()) : Optional.empty();
        List<Double> ends = endAtOnce();
        System.out.printf(
                Locale.ROOT, "processes at once, start to end: %d, p50 %.0f ms, p95 %.0f ms, most %.0f ms%n", count,
                Pairs.quantile(ends, 0.5), Pairs.quantile(ends, 0.95), Pairs.quantile(ends, 1));
        rows.add(String.format(
                Locale.ROOT, "{\"name\":\"processes at once, start to end\",\"ms\":%s,\"p50\":%.1f,\"p95\":%.1f}", ends,
                Pairs.quantile(ends, 0.5), Pairs.quantile(ends, 0.95)));
        CloneReport report = holdAtOnce(booted);
        System.out.println(report.summary());
        rows.add(report.json());
        if (!json.isEmpty()) {
            Files.writeString(Path.of(json), "[" + String.join(",\n", rows) + "]\n");
        }
        return report.clocksAreRight();
    }

    /** Milliseconds of one process, which must say nothing and end well. */
    private double runTrue() throws IOException, InterruptedException {
        List<String> command = List.of(jvmm, "boot", "--", "/bin/true");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        try {
            String said = new String(process.getInputStream().readAllBytes());
            int code = process.waitFor();
            double took = (System.nanoTime() - start) / NANOS_A_MILLI;
            if (code != 0 || !said.isEmpty()) {
                throw new IllegalStateException(command + " ended with " + code + " and said: " + said);
            }
            return took;
        } finally {
            process.destroyForcibly();
        }
    }

    /** What {@link #count} processes with guests that are booted would hold. */
    private ProcessMemory bootSome() throws IOException, InterruptedException {
        List<Talk> talks = new ArrayList<>();
        try {
            for (int i = 0; i < cold; i++) {
                Talk talk = new Talk("--no-template");
                talks.add(talk);
                talk.words.answer();
            }
            ProcessMemory memory = memory(talks).scaled(cold, count);
            release(talks);
            return memory;
        } finally {
            talks.forEach(Talk::close);
        }
    }

    /** Milliseconds from the request to the end of each process. */
    private List<Double> endAtOnce() throws IOException, InterruptedException {
        List<Talk> talks = new ArrayList<>();
        try {
            long request = System.nanoTime();
            start(talks);
            List<Conversation.Answer> answers = new ArrayList<>();
            for (Talk talk : talks) {
                talk.toGuest.close();
            }
            for (Talk talk : talks) {
                answers.add(talk.words.answer());
            }
            release(talks);
            CloneReport.requireDistinct(answers);
            return talks.stream().map(talk -> (talk.ended - request) / NANOS_A_MILLI).toList();
        } finally {
            talks.forEach(Talk::close);
        }
    }

    private CloneReport holdAtOnce(Optional<ProcessMemory> booted) throws IOException, InterruptedException {
        List<Talk> talks = new ArrayList<>();
        try {
            long request = System.nanoTime();
            start(talks);
            List<Conversation.Answer> answers = new ArrayList<>();
            for (Talk talk : talks) {
                answers.add(talk.words.answer());
            }
            ProcessMemory memory = memory(talks);
            CloneReport.requireDistinct(answers);
            List<Conversation.Clock> clocks = new ArrayList<>();
            for (Talk talk : talks) {
                clocks.add(talk.words.clock(talk.toGuest));
            }
            release(talks);
            List<Double> times = answers.stream().map(answer -> (answer.nanos() - request) / NANOS_A_MILLI).toList();
            return new CloneReport("processes at once", times, clocks, memory, booted);
        } finally {
            talks.forEach(Talk::close);
        }
    }

    private void start(List<Talk> talks) throws IOException {
        for (int i = 0; i < count; i++) {
            talks.add(new Talk(NOTHING));
        }
    }

    private static ProcessMemory memory(List<Talk> talks) throws IOException {
        ProcessMemory memory = ProcessMemory.NONE;
        for (Talk talk : talks) {
            memory = memory.plus(ProcessMemory.of(talk.process.pid()));
        }
        return memory;
    }

    /** Lets all commands end, and waits for their processes. */
    private static void release(List<Talk> talks) throws IOException, InterruptedException {
        for (Talk talk : talks) {
            talk.toGuest.close();
        }
        for (Talk talk : talks) {
            talk.finish();
        }
    }

    /** A process, and the talk with the command in its guest. */
    private final class Talk implements AutoCloseable {
        private final Conversation words = new Conversation();
        private final Process process;
        private final OutputStream toGuest;
        private final Thread pump;
        private volatile long ended;

        Talk(String... options) throws IOException {
            List<String> command = new ArrayList<>(List.of(jvmm, "boot"));
            command.addAll(List.of(options));
            command.add("--");
            command.addAll(Conversation.COMMAND);
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            toGuest = process.getOutputStream();
            pump = Thread.ofPlatform().daemon().start(this::pump);
        }

        private void pump() {
            try (OutputStream sink = words.fromGuest()) {
                process.getInputStream().transferTo(sink);
                process.waitFor();
                ended = System.nanoTime();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void finish() throws InterruptedException {
            pump.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
            if (process.isAlive() || process.exitValue() != 0) {
                throw new IllegalStateException(
                        process.isAlive() ? "a guest's command does not end"
                                : "jvmm ended with " + process.exitValue());
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
