package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code --root}: jvmm's own kernel finds the root file system that {@code src/test/scripts/root} puts on disks. */
@RequiresLab
class RootDiskBootTest {
    private static final int SECONDS = 300;
    private static final Path SCRIPTS = Path.of("src/test/scripts/root").toAbsolutePath();

    @Test
    void bootsFromAWholeDiskAndFromAPartition(LabMachine lab) {
        List<String> command = new ArrayList<>(
                List.of(SCRIPTS.resolve("host.sh").toString(), LabTools.find().root().toString()));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(SECONDS, command);
        assertEquals(0, run.status(), run::toString);
        List<String> roots = run.out().lines().filter(line -> line.startsWith("ROOT ")).toList();
        assertEquals(4, roots.size(), run::toString);
        for (int i = 0; i < 4; i++) {
            String root = i < 2 ? " JVMM_ROOT=/dev/vda JVMM_ROOT_TYPE=ext4"
                    : " JVMM_ROOT=/dev/vda2 JVMM_ROOT_TYPE=ext4 JVMM_ROOT_RW=1";
            assertTrue(roots.get(i).startsWith(i < 3 ? "ROOT fresh " : "ROOT again "), run::toString);
            assertTrue(roots.get(i).contains(root), run::toString);
        }
    }
}
