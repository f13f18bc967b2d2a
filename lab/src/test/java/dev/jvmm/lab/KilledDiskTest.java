package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * jvmm is killed while a stock guest writes and fsyncs: its file system must recover without an error and hold whatever the guest was told
 * is on the disk, in this round and all before. How that is done is in {@code src/test/scripts/kill}. Each round takes about half a
 * minute; {@code -Djvmm.lab.kills=20} makes as many as the disks' promise was tested with.
 */
@RequiresLab
class KilledDiskTest {
    private static final int ROUNDS = Integer.getInteger("jvmm.lab.kills", 3);
    private static final int ROUND_SECONDS = 90;
    private static final Path SCRIPTS = Path.of("src/test/scripts/kill").toAbsolutePath();

    @Test
    @Timeout(7200)
    void everyAcknowledgedFsyncIsFoundAgain(@TempDir Path folder, LabMachine lab) {
        LabTools tools = LabTools.find();
        Path initrd = tools.initrd(folder.resolve("initrd"), SCRIPTS);
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(), tools.root().toString(),
                tools.image().toString(), lab.file("cloud.kernel").toString(), initrd.toString(),
                Integer.toString(ROUNDS)));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(60 + ROUND_SECONDS * ROUNDS, command);
        System.out.print(run.out());
        assertEquals(0, run.status(), run::toString);
        assertEquals(ROUNDS, run.out().lines().filter(line -> line.matches("ROUND \\d+ \\S+ ok, .*")).count(),
                run::toString);
    }
}
