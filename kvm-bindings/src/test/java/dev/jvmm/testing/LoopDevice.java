package dev.jvmm.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A block device over a file, where the tests run as root. */
public final class LoopDevice implements AutoCloseable {
    private static final String LOSETUP = "/usr/sbin/losetup";

    private final String path;

    private LoopDevice(String path) {
        this.path = path;
    }

    /** Whether the tests may make one. */
    public static boolean possible() {
        return Files.isExecutable(Path.of(LOSETUP)) && Files.isWritable(Path.of("/dev/loop-control"));
    }

    /** One over this file, with options of losetup(8). */
    public static LoopDevice on(Path file, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(LOSETUP, "--find", "--show"));
        command.addAll(List.of(options));
        command.add(file.toString());
        return new LoopDevice(run(command));
    }

    /** Of the block device. */
    public String path() {
        return path;
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes()).strip();
        if (process.onExit().orTimeout(30, TimeUnit.SECONDS).join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        run(List.of(LOSETUP, "--detach", path));
    }
}
