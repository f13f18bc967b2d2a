package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Debian guest on the user network, which gets its address by DHCP and a package from a mirror on the host's loopback. */
@RequiresLab
class AptTest {
    private static final int SECONDS = 600;
    private static final Path SCRIPTS = Path.of("src/test/scripts/apt").toAbsolutePath();

    @Test
    void debianInstallsAPackage(@TempDir Path folder, LabMachine lab) throws IOException {
        String image = LabTools.debian();
        Path mirror = Files.createDirectory(folder.resolve("mirror"));
        Finished made = Finished.run(60, List.of(SCRIPTS.resolve("mirror.sh").toString(), mirror.toString()));
        assertEquals(0, made.status(), made::toString);
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(), image,
                lab.file("cloud.kernel").toString(), initrd(folder, lab).toString(), mirror.toString()));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(SECONDS, command);
        Map<String, String> results = run.results();
        System.out.println("apt: " + results);
        assertEquals(0, run.status(), run::toString);
        assertEquals(Map.ofEntries(Map.entry("jvmm", "0"), Map.entry("address", "10.0.2.15/24"),
                Map.entry("resolver", "10.0.2.3"), Map.entry("update", "0"), Map.entry("candidate", "1.2-3"),
                Map.entry("install", "0"), Map.entry("status", "iiii"), Map.entry("greeting", made.out().strip()),
                Map.entry("script", "configure"), Map.entry("again", "0"), Map.entry("purged", ""),
                Map.entry("gets", "5")), results, run::toString);
    }

    /** With what Debian's own root file system lacks: a module for a layer to write to, and what loads it. */
    private static Path initrd(Path folder, LabMachine lab) throws IOException {
        LabTools tools = LabTools.find();
        Path job = Files.createDirectory(folder.resolve("job"));
        for (String name : List.of("job", "inside")) {
            Files.copy(SCRIPTS.resolve(name), job.resolve(name));
        }
        Files.copy(tools.root().resolve("bin/busybox"), job.resolve("busybox"));
        Files.copy(lab.file("cloud.modules").resolve("kernel/fs/overlayfs/overlay.ko"), job.resolve("overlay.ko"));
        return tools.initrd(folder.resolve("initrd"), job);
    }
}
