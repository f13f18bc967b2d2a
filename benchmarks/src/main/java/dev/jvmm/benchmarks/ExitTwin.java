package dev.jvmm.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** {@code exit-twin.c}, compiled and running as a child process that handles exits on order. */
final class ExitTwin implements AutoCloseable {
    private static final int COMPILE_SECONDS = 60;

    private final Path binary;
    private final Process process;
    private final BufferedReader answers;
    private final OutputStream orders;

    ExitTwin() throws IOException, InterruptedException {
        binary = Files.createTempFile("jvmm-exit-twin", "");
        Path source = Path.of(System.getProperty("jvmm.benchmarks.c", "benchmarks/src/main/c")).resolve("exit-twin.c");
        Process compiler = new ProcessBuilder("gcc", "-O2", "-Wall", "-Werror", "-o", binary.toString(),
                source.toString())
                .inheritIO()
                .start();
        if (!compiler.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
            throw new IOException("gcc could not compile " + source);
        }
        process = new ProcessBuilder(binary.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        orders = process.getOutputStream();
    }

    /** Lets it handle so many exits and waits for its answer. */
    void handle(int exits) throws IOException {
        orders.write((exits + "\n").getBytes(StandardCharsets.US_ASCII));
        orders.flush();
        String answer = answers.readLine();
        if (answer == null || Integer.parseInt(answer) != exits) {
            throw new IOException("the twin answered " + answer);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        Files.delete(binary);
    }
}
