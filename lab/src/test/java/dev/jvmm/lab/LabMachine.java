package dev.jvmm.lab;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A machine of the lab's, for several commands; it ends with this process at the latest. */
final class LabMachine {
    /** Maven runs a module's tests in the module's folder, which is the lab's own. */
    private static final Path SCRIPTS = Path.of("").toAbsolutePath();

    private static final int FIRST_USE_SECONDS = 1200;

    /** How long a machine may live: {@code -Djvmm.lab.seconds} for the long forms of tests. */
    private static final String LIFE_SECONDS = System.getProperty("jvmm.lab.seconds", "3600");

    private static final int STOP_SECONDS = 60;

    /** What a call may take beyond its command's own time. */
    private static final int MARGIN_SECONDS = 60;

    private final String name;

    /** By the names of {@code lab/kernels}. */
    private final Map<String, Path> kernels;

    private LabMachine(String name, Map<String, Path> kernels) {
        this.name = name;
        this.kernels = kernels;
    }

    /**
     * Boots a machine, with one processor: two machines of one use a host's two better than one of two does, and QEMU before 8.1 can
     * lose what Linux writes to its own code where there are several (README, "One virtual machine is always there").
     *
     * @throws LabException when this host can not, with the reason
     */
    static LabMachine start() {
        String kernels = call(FIRST_USE_SECONDS, "kernels");
        long pid = ProcessHandle.current().pid();
        String name = call(FIRST_USE_SECONDS, "start", "--owner", Long.toString(pid), "--cpus", "1", "--timeout",
                LIFE_SECONDS).strip();
        return new LabMachine(
                name,
                kernels.lines()
                        .map(line -> line.split("=", 2))
                        .collect(Collectors.toMap(pair -> pair[0], pair -> Path.of(pair[1]))));
    }

    /** Runs one of the lab's scripts on this host, and returns its output. */
    static String call(int seconds, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve(script).toString()));
        command.addAll(List.of(arguments));
        Finished finished = Finished.run(seconds, command);
        if (finished.status() != 0) {
            throw new LabException(finished.err().strip());
        }
        return finished.out();
    }

    /** A file of the lab's: {@code cloud.kernel}, {@code generic.modules}, {@code initrd}, ... */
    Path file(String key) {
        return kernels.get(key);
    }

    /** Runs a command in the machine; 124 is its status when it takes longer. */
    Finished exec(int seconds, List<String> command) {
        List<String> words = new ArrayList<>(List.of(
                SCRIPTS.resolve("exec").toString(), "--timeout", Integer.toString(seconds), "--", name));
        words.addAll(command);
        return Finished.run(seconds + MARGIN_SECONDS, words);
    }

    /** Runs {@code jvmm} in the machine. */
    Finished jvmm(int seconds, String... arguments) {
        List<String> command = java(List.of(), "dev.jvmm.cli.Main");
        command.addAll(List.of(arguments));
        return exec(seconds, command);
    }

    /** A command that runs a main class on our own class path, after {@code folders}. */
    static List<String> java(List<Path> folders, String main) {
        String path = folders.stream().map(folder -> folder + File.pathSeparator).collect(Collectors.joining());
        return new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED", "-cp", path + System.getProperty("java.class.path"), main));
    }

    /** Whether it has not gone down by itself. */
    boolean isUp() {
        return Files.isDirectory(Path.of(name)) && !Files.exists(Path.of(name, "down"));
    }

    void stop() {
        call(STOP_SECONDS, "stop", name);
    }
}
