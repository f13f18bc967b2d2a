package dev.jvmm.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code boot --detach}: the same command line again, in a session of its own, that this process waits for until its guest runs. */
final class Detached {
    /** Set in the environment of the process that stays, to the machine's name. */
    private static final String STAYS = "JVMM_DETACHED";

    private static final long LOOK_MILLIS = 10;

    private Detached() {}

    /** Whether this process is the one that stays. */
    static boolean stays() {
        return System.getenv(STAYS) != null;
    }

    /** The machine's name that the process that left has chosen. */
    static String name() {
        return System.getenv(STAYS);
    }

    /** Starts the process that stays; returns this one's exit code. */
    static int start(BootOptions options) throws InterruptedException {
        String name = options.name().orElseGet(() -> "jvmm-" + ProcessHandle.current().pid());
        RunningMachine machine = RunningMachine.named(name);
        RunningMachine.makeAll();
        if (machine.isAlive()) {
            throw new UsageException(
                    "a machine of the name '" + name + "' runs already: 'jvmm stop " + name + "' ends it");
        }
        machine.remove();
        try {
            Files.createDirectories(machine.folder());
            Path log = machine.file("log");
            ProcessBuilder builder = new ProcessBuilder(again())
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(log.toFile())
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().put(STAYS, name);
            return await(machine, builder.start(), options.quiet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** This process's own command line, as the kernel has it; the session is util-linux's to make. */
    private static List<String> again() throws IOException {
        String all = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(List.of("setsid"));
        for (int at = 0; at < all.length();) {
            int end = all.indexOf('\0', at);
            words.add(all.substring(at, end));
            at = end + 1;
        }
        words.set(1, ProcessHandle.current().info().command().orElse(words.get(1)));
        return words;
    }

    private static int await(RunningMachine machine, Process process, boolean quiet)
            throws InterruptedException, IOException {
        while (process.isAlive() && !machine.isStarted()) {
            Thread.sleep(LOOK_MILLIS);
        }
        if (machine.isStarted()) {
            if (!quiet) {
                System.out.println(machine.name());
            }
            return Main.SUCCESS;
        }
        int code = process.waitFor();
        Path log = machine.file("log");
        if (Files.exists(log)) {
            System.err.print(Files.readString(log));
            machine.remove();
        }
        return code;
    }
}
