package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code boot --detach} and what goes with it, on a Debian guest with a stock kernel, systemd and the agent as a service.
 * {@code -Djvmm.lab.agent=long} is more of it, and takes ten minutes.
 */
@RequiresLab
class AgentTest {
    private static final boolean LONG = "long".equals(System.getProperty("jvmm.lab.agent"));
    private static final int SECONDS = LONG ? 1800 : 600;
    private static final int PACK_SECONDS = 60;
    private static final Path SCRIPTS = Path.of("src/test/scripts/agent").toAbsolutePath();
    private static final List<String> MODULES = List.of("vsock", "vmw_vsock_virtio_transport_common",
            "vmw_vsock_virtio_transport");

    private static final Map<String, String> MORE = Map.ofEntries(
            Map.entry("exit", "7"), Map.entry("killed", "137"),
            Map.entry("login", "nobody:nogroup /tmp 4 /nonexistent"),
            Map.entry("stream", "0 equal equal"), Map.entry("signal", "9 ready caught"), Map.entry("console", "yes"),
            Map.entry("logs", "Debian begins heard words"), Map.entry("online", "4"),
            Map.entry("unbound", "true false true"), Map.entry("memory", "137"), Map.entry("lost", "1 1"),
            Map.entry("again", "1 sleep 777"),
            Map.entry("inspect", "\"lab-guest\" \"Debian GNU/Linux 12 (bookworm)\" 1 \"0.1.0\""),
            Map.entry("ps", "a 1 384 MiB"), Map.entry("stale", "there a gone"));

    @Test
    void commandsReachADebianGuest(@TempDir Path folder, LabMachine lab) throws IOException {
        String image = LabTools.debian();
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(), LONG ? "long" : "short",
                image,
                lab.file("cloud.kernel").toString(), initrd(folder, lab).toString(), AgentCalls.class.getName()));
        List<String> java = LabMachine.java(List.of(), "");
        command.addAll(java.subList(0, java.size() - 1));
        Finished run = lab.exec(SECONDS, command);
        Map<String, String> results = new TreeMap<>(run.results());
        System.out.println("agent: " + results);
        Map<String, String> wanted = new TreeMap<>(LONG ? MORE : Map.of());
        wanted.putAll(Map.of("boot", "a", "version", "Linux version 0",
                "service", "active enabled process continue 0 0 jvmm-agent 0", "cp", "0 0 equal below/file 640",
                "tty", "/dev/pts/0", "resized", "yes", "interrupted", "yes", "paused", "yes", "terminal", "5",
                "stop", "0 0 ended"));
        assertEquals(wanted, results, run::toString);
        assertEquals(0, run.status(), run::toString);
    }

    /** Debian's root is the first disk; what it lacks is in a tarball. */
    private static Path initrd(Path folder, LabMachine lab) throws IOException {
        Path root = folder.resolve("root");
        Path modules = Files.createDirectories(
                root.resolve("usr/lib/modules/" + lab.file("cloud.modules").getFileName() + "/kernel"));
        for (String module : MODULES) {
            Files.copy(lab.file("cloud.modules").resolve("kernel/net/vmw_vsock/" + module + ".ko"),
                    modules.resolve(module + ".ko"));
        }
        Files.createDirectories(root.resolve("usr/lib/systemd/system"));
        List<String> install = LabMachine.java(List.of(), "dev.jvmm.cli.Main");
        install.addAll(List.of("agent", "install", root.toString()));
        Finished installed = Finished.run(PACK_SECONDS, install);
        assertEquals(0, installed.status(), installed::toString);
        Path job = Files.createDirectory(folder.resolve("job"));
        Files.copy(SCRIPTS.resolve("job"), job.resolve("job"));
        Files.copy(lab.file("cloud.modules").resolve("kernel/fs/overlayfs/overlay.ko"), job.resolve("overlay.ko"));
        Finished packed = Finished.run(PACK_SECONDS, List.of("tar", "-C", root.toString(), "--owner=0", "--group=0",
                "-cf", job.resolve("agent.tar").toString(), "usr", "etc"));
        assertEquals(0, packed.status(), packed::toString);
        return LabTools.find().initrd(folder.resolve("initrd"), job);
    }
}
