package dev.jvmm.cli.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code jvmm} as a person starts it: a process of its own, with the classes under test. Its cache is one that all tests share and that
 * goes with {@code mvn clean}, so that one test's boot is the template of the others' and the user's own cache stays as it is.
 */
final class Jvmm {
    /** Longer than any boot on a host that emulates and is busy besides. */
    static final int LIMIT_SECONDS = 240;

    /** What the tests share in place of {@code ~/.cache}. */
    static final Path CACHE = Path.of("target/cache").toAbsolutePath();

    /** Some ten templates; each build makes new ones. */
    private static final String CACHE_LIMIT = "256M";

    private static final long POLL_MILLIS = 20;

    /**
     * How a run ended.
     *
     * @param code the exit code, 128 + N for a signal
     */
    record Result(int code, String out, String err) {}

    private final List<String> command = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private final Path folder;

    /** @param folder for the streams' files */
    Jvmm(Path folder, String... arguments) {
        this.folder = folder;
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp",
                classPath(), "dev.jvmm.cli.Main"));
        command.addAll(List.of(arguments));
        if (Runtime.version().feature() >= 24) {
            // as the launcher does
            command.add(1, "--sun-misc-unsafe-memory-access=allow");
        }
        environment.put("XDG_CACHE_HOME", CACHE.toString());
        environment.put("JVMM_CACHE_LIMIT", CACHE_LIMIT);
    }

    /** Without what only the tests bring: Netty would log through it. */
    private static String classPath() {
        List<String> users = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
            if (!entry.contains("slf4j")) {
                users.add(entry);
            }
        }
        return String.join(java.io.File.pathSeparator, users);
    }

    /** Sets a variable of its environment. */
    Jvmm with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Makes it another build: the same classes, and a folder behind them. */
    Jvmm ofAnotherBuild(Path more) {
        int path = command.indexOf("-cp") + 1;
        command.set(path, command.get(path) + java.io.File.pathSeparator + more);
        return this;
    }

    /** Puts words of a shell around the command, which is {@code "$@"} there. */
    Jvmm under(String script) {
        command.addAll(0, List.of("sh", "-c", script, "sh"));
        return this;
    }

    /** Starts it with an empty standard input. */
    Process start() throws IOException {
        return start(Path.of("/dev/null"));
    }

    private Process start(Path input) throws IOException {
        return start(ProcessBuilder.Redirect.from(input.toFile()));
    }

    /** Starts it with an input that a test writes while it runs. */
    Process startOnPipe() throws IOException {
        return start(ProcessBuilder.Redirect.PIPE);
    }

    private Process start(ProcessBuilder.Redirect input) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(input)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    Result run() throws IOException, InterruptedException {
        return result(start());
    }

    /** Runs it with this text as its standard input. */
    Result run(String input) throws IOException, InterruptedException {
        return result(start(Files.writeString(folder.resolve("in"), input)));
    }

    /** Waits for its end; kills it when that does not come. */
    Result result(Process process) throws IOException, InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError("still running after " + LIMIT_SECONDS + " s; it said: " + text("err"));
        }
        return new Result(process.exitValue(), text("out"), text("err"));
    }

    /** Waits until a stream holds this; its process must not end before. */
    void await(Process process, String stream, String text) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!text(stream).contains(text)) {
            if (!process.isAlive() && !text(stream).contains(text) || System.nanoTime() - end >= 0) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("no \"" + text + "\" in: " + text(stream) + "; it said: " + text("err"));
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Sends a signal, by its name without SIG. */
    static void signal(Process process, String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
        if (code != 0) {
            throw new AssertionError("kill -" + name + " failed: " + code);
        }
    }

    /** What a stream holds so far. */
    String text(String stream) throws IOException {
        Path file = folder.resolve(stream);
        return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
    }
}
