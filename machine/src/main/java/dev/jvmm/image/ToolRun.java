package dev.jvmm.image;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A run of one of e2fsprogs' programs, which know ext4. */
final class ToolRun {
    /** Administrators' programs are not on everybody's PATH. */
    private static final List<String> FOLDERS = List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

    private static final int MOST_LINES = 8;

    private final String program;
    private final List<String> command = new ArrayList<>();
    private final ProcessBuilder builder = new ProcessBuilder();

    ToolRun(String program, List<String> arguments) {
        this.program = program;
        command.add(find(program));
        command.addAll(arguments);
        builder.command(command);
        builder.environment().put("LC_ALL", "C");
    }

    /** Whether the programs are here. */
    static boolean available() {
        return !find("mke2fs").isEmpty() && !find("debugfs").isEmpty() && !find("e2fsck").isEmpty();
    }

    private static String find(String program) {
        List<String> folders = new ArrayList<>();
        String path = System.getenv("PATH");
        if (path != null) {
            folders.addAll(List.of(path.split(":")));
        }
        folders.addAll(FOLDERS);
        for (String folder : folders) {
            Path file = Path.of(folder.isEmpty() ? "." : folder, program);
            if (Files.isExecutable(file) && !Files.isDirectory(file)) {
                return file.toString();
            }
        }
        return "";
    }

    ToolRun with(Map<String, String> environment) {
        builder.environment().putAll(environment);
        return this;
    }

    ToolRun in(Path folder) {
        builder.directory(folder.toFile());
        return this;
    }

    /**
     * How it ended.
     *
     * @param errors the first lines of its error output
     */
    record Result(int status, List<String> errors) {
        String firstError() {
            return errors.isEmpty() ? "status " + status : String.join("; ", errors);
        }
    }

    /** Runs it to its end; it ends with this process, too. */
    Result run(Consumer<String> output) {
        if (command.get(0).isEmpty()) {
            throw new ImageException(program + " is not here: images are made by e2fsprogs' mke2fs, debugfs and e2fsck."
                    + " Install that package (Debian: apt-get install e2fsprogs)");
        }
        Thread killer = new Thread();
        try {
            Process process = builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                    .start();
            killer = new Thread(process::destroyForcibly);
            Runtime.getRuntime().addShutdownHook(killer);
            List<String> errors = new ArrayList<>();
            Thread reader = new Thread(() -> lines(process.getErrorStream(), line -> {
                if (errors.size() < MOST_LINES) {
                    errors.add(line);
                }
            }), program);
            reader.start();
            lines(process.getInputStream(), output);
            reader.join();
            return new Result(process.waitFor(), errors);
        } catch (IOException e) {
            throw new ImageException(program + " can not be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException("interrupted", e);
        } finally {
            remove(killer);
        }
    }

    private static void remove(Thread killer) {
        try {
            Runtime.getRuntime().removeShutdownHook(killer);
        } catch (IllegalStateException e) {
            killer.start(); // the process is on its way out: no program outlives it
        }
    }

    private static void lines(java.io.InputStream in, Consumer<String> each) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isBlank()) {
                    each.accept(line);
                }
            }
        } catch (IOException e) {
            each.accept("its output can not be read: " + e.getMessage());
        }
    }
}
