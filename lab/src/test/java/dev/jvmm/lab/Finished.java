package dev.jvmm.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A command that has ended.
 *
 * @param status its exit status
 * @param out what it wrote to standard output
 * @param err and to standard error
 */
record Finished(int status, String out, String err) {
    /** Runs a command on this host. */
    static Finished run(int seconds, List<String> command) {
        try {
            Path out = Files.createTempFile("jvmm-lab-test", ".out");
            Path err = Files.createTempFile("jvmm-lab-test", ".err");
            try {
                return run(seconds, command, out, err);
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Through files: nobody has to read while the command runs. */
    private static Finished run(int seconds, List<String> command, Path out, Path err) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new LabException(command + " did not end within " + seconds + " s; it said: " + text(err));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted during " + command);
        } finally {
            process.destroy();
        }
        return new Finished(process.exitValue(), text(out), text(err));
    }

    /** A guest may print any byte. */
    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1).replace("\r", "");
    }

    /** What a script told by lines of {@code RESULT NAME VALUE}; a value may be empty. */
    Map<String, String> results() {
        return out.lines()
                .filter(line -> line.startsWith("RESULT "))
                .map(line -> line.split(" ", 3))
                .collect(Collectors.toMap(words -> words[1], words -> words.length < 3 ? "" : words[2].strip()));
    }

    @Override
    public String toString() {
        return "status " + status + ", output:\n" + out + "errors:\n" + err;
    }
}
