package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest whose agent is not there yet: commands wait, say so, and end with the machine. The machine is no more than its folder. */
class AgentWaitTest {
    @Test
    @Timeout(300)
    void execWaitsForAGuestThatStillBoots(@TempDir Path folder) throws Exception {
        Path machine = folder.resolve("run/jvmm/machines/slow");
        Files.createDirectories(machine,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createFile(machine.resolve("state.json"));
        Jvmm exec = new Jvmm(folder, "exec", "slow", "true").with("XDG_RUNTIME_DIR", folder.resolve("run").toString());
        Process process;
        try (FileChannel file = FileChannel.open(machine.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
                FileLock held = file.lock()) {
            assertTrue(held.isValid());
            process = exec.start();
            exec.await(process, "err",
                    "jvmm: waiting for the agent in the guest of 'slow', up to 60 s; 'jvmm logs slow' shows");
        }
        Result result = exec.result(process);
        assertEquals(1, result.code(), result.err());
        assertTrue(result.err().endsWith("jvmm: the machine 'slow' has ended\n"), result.err());
    }
}
