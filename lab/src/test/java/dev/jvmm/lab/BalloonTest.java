package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stock guest that frees memory gives it back to its host, by free page reporting alone; and one that asks for randomness gets it. */
@RequiresLab
class BalloonTest {
    private static final int SECONDS = 400;
    private static final Path SCRIPTS = Path.of("src/test/scripts/balloon").toAbsolutePath();

    @Test
    void freeMemoryGoesBackToTheHost(@TempDir Path folder, LabMachine lab) {
        LabTools tools = LabTools.find();
        Path initrd = tools.initrd(folder.resolve("initrd"), SCRIPTS);
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(), tools.image().toString(),
                lab.file("cloud.kernel").toString(), initrd.toString()));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(SECONDS, command);
        assertEquals(0, run.status(), run::toString);
        List<String> lines = run.out().lines().map(String::strip).toList();
        System.out.println("balloon: " + lines.stream().filter(line -> line.startsWith("HOST")).toList());
        assertTrue(lines.contains("HOST enough yes"), run::toString);
        assertTrue(lines.contains("HOST jvmm 0"), run::toString);
        assertTrue(lines.contains("RESULT rng virtio_rng.0"), run::toString);
        // Not the digest of nothing.
        assertTrue(lines.stream().anyMatch(line -> line.matches("RESULT random (?!e3b0c442)[0-9a-f]{64}")),
                run::toString);
    }
}
