package dev.jvmm.cli;

import dev.jvmm.agent.Agent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A machine with a name, as other processes see it: a folder below {@code $XDG_RUNTIME_DIR/jvmm/machines}. Its process holds a lock on
 * the file {@code lock} there, so a folder whose lock is free is what a killed process has left, and is removed by whoever sees it.
 *
 * <pre>
 * lock           held by the machine's process
 * state.json     what 'jvmm inspect' shows; there once the machine runs
 * vsock.sock     the guest's vsock, in Firecracker's hybrid protocol
 * console.sock   the guest's console, of a machine without a terminal
 * console.log    what the console has said
 * log            what its jvmm has said, and a command's output
 * </pre>
 */
final class RunningMachine {
    private static final int FIRST_CID = 3;
    private static final long AGENT_SECONDS = 60;
    private static final long AGENT_SHORT_SECONDS = 10;

    private final Path folder;

    private RunningMachine(Path folder) {
        this.folder = folder;
    }

    /** Where all are. */
    static Path all() {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        if (runtime != null && runtime.startsWith("/")) {
            return Path.of(runtime, "jvmm", "machines");
        }
        int user = ownUser();
        if (user == 0) {
            return Path.of("/run/jvmm/machines");
        }
        Path own = Path.of("/run/user/" + user);
        return (Files.isDirectory(own) ? own.resolve("jvmm") : Path.of("/tmp/jvmm-" + user)).resolve("machines");
    }

    private static int ownUser() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes {@link #all}: for its owner alone, since who can write there commands the guests. */
    static Path makeAll() {
        Path all = all();
        try {
            Files.createDirectories(all,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if ((Integer) Files.getAttribute(all, "unix:uid") != ownUser()
                    || ((Integer) Files.getAttribute(all, "unix:mode") & 022) != 0) {
                throw new UsageException("the folder " + all
                        + " is not this user's alone: set XDG_RUNTIME_DIR to one that is, or remove it");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** The machine's folder, whether it is there or not. @throws UsageException for a name that can be none */
    static RunningMachine named(String name) {
        boolean good = !name.isEmpty() && name.length() <= 40 && name.charAt(0) != '-' && name.charAt(0) != '.';
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            good &= c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
                    || c == '.';
        }
        if (!good) {
            throw new UsageException(
                    "'" + name + "' is no name for a machine: give at most 40 letters, digits, dots, hyphens"
                            + " and underscores");
        }
        return new RunningMachine(all().resolve(name));
    }

    /** One that runs. @throws UsageException if there is none of that name */
    static RunningMachine running(String name) {
        RunningMachine machine = named(name);
        if (!machine.isAlive()) {
            machine.remove();
            throw new UsageException("no machine of the name '" + name + "' runs: 'jvmm ps' shows those that do");
        }
        return machine;
    }

    /** Those that run, by name; what dead ones have left is removed. */
    static List<RunningMachine> list() {
        List<RunningMachine> found = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(all())) {
            for (Path folder : folders) {
                RunningMachine machine = new RunningMachine(folder);
                if (machine.isAlive()) {
                    found.add(machine);
                } else {
                    machine.remove();
                }
            }
        } catch (NoSuchFileException e) {
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        found.sort(Comparator.comparing(RunningMachine::name));
        return found;
    }

    String name() {
        return folder.getFileName().toString();
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    Path folder() {
        return folder;
    }

    /** Takes the name for this process; empty where another has it. What a dead process has left goes, but for {@code log}. */
    Optional<FileLock> take() {
        makeAll();
        try {
            Files.createDirectories(folder);
            FileChannel channel = FileChannel.open(file("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                return Optional.empty();
            }
            for (String left : List.of("state.json", "vsock.sock", "console.sock", "console.log")) {
                Files.deleteIfExists(file(left));
            }
            return Optional.of(lock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether its process lives. */
    boolean isAlive() {
        try (FileChannel channel = FileChannel.open(file("lock"), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock == null;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether its guest has been started. */
    boolean isStarted() {
        return Files.exists(file("state.json"));
    }

    /** Removes all that is there of it; for one that is dead, or about to be. */
    void remove() {
        removeBut("");
        try {
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes all files but one. */
    void removeBut(String kept) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (!file.getFileName().toString().equals(kept)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            // somebody else was quicker
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The option for its vsock device. A number of its own lets the guest tell that it is another one's clone. */
    String vsockOption() {
        return "cid=" + (FIRST_CID + new SecureRandom().nextInt(Integer.MAX_VALUE - FIRST_CID)) + ",uds="
                + file("vsock.sock").toString().replace(",", ",,");
    }

    /** Lets {@code vsock.sock} stand for a socket elsewhere. */
    void linkVsock(Path socket) {
        try {
            Files.createSymbolicLink(file("vsock.sock"), socket.toAbsolutePath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects to its guest's agent. A guest that has just been started may need a while: after some seconds a line says so. */
    Agent agent() {
        return AgentWait.connect(this, AGENT_SECONDS, true);
    }

    /** As {@link #agent()}, for what works without an agent too, and so waits less and in silence. */
    Agent agentIfThere(long seconds) {
        return AgentWait.connect(this, Math.min(seconds, AGENT_SHORT_SECONDS), false);
    }
}
