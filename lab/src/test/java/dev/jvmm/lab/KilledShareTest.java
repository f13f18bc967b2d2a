package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * jvmm is killed while a stock guest writes and fsyncs on a share: the host must have whatever the guest was told is safe. How that is
 * done is in {@code src/test/scripts/killshare}; {@code -Djvmm.lab.sharekills=20} makes so many rounds, each with another of the client's
 * caches.
 */
@RequiresLab
class KilledShareTest {
    private static final int ROUNDS = Integer.getInteger("jvmm.lab.sharekills", 1);
    private static final int ROUND_SECONDS = 150;
    private static final int PACKING_SECONDS = 600;
    private static final Path SCRIPTS = Path.of("src/test/scripts").toAbsolutePath();

    @Test
    @Timeout(7200)
    void everyAcknowledgedFsyncIsFoundAgain(@TempDir Path folder, LabMachine lab) {
        Path initrd = folder.resolve("initrd");
        LabMachine.call(PACKING_SECONDS, "share-initrd", initrd.toString());
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("killshare/host.sh").toString(),
                lab.file("generic.kernel").toString(), initrd.toString(), SCRIPTS.resolve("kill/fsync.pl").toString(),
                Integer.toString(ROUNDS)));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(60 + ROUND_SECONDS * ROUNDS, command);
        System.out.print(run.out());
        assertEquals(0, run.status(), run::toString);
        assertEquals(ROUNDS, run.out().lines().filter(line -> line.matches("ROUND \\d+ \\S+ ok, .*")).count(),
                run::toString);
    }
}
