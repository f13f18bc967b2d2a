package dev.jvmm.cli.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code jvmm} as a person starts it: a process of its own, with the classes under test. */
final class Jvmm {
    /** Longer than any boot on a host that emulates and is busy besides. */
    static final int LIMIT_SECONDS = 240;

    /**
     * How a run ended.
     *
     * @param code the exit code, 128 + N for a signal
     */
    record Result(int code, String out, String err) {}

    private final List<String> command = new ArrayList<>();
    private final Path folder;

    /** @param folder for the streams' files */
    Jvmm(Path folder, String... arguments) {
        this.folder = folder;
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), "dev.jvmm.cli.Main"));
        command.addAll(List.of(arguments));
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
        return new ProcessBuilder(command)
                .redirectInput(input.toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
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

    /** What a stream holds so far. */
    String text(String stream) throws IOException {
        Path file = folder.resolve(stream);
        return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
    }
}
