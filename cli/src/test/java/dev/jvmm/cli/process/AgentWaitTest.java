package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest whose agent is not there yet: commands wait, say so, and end with the machine. The machine is no more than its folder. */
@Timeout(300)
class AgentWaitTest {
    private static final String WAITS = "jvmm: waiting for the agent in the guest of 'slow', up to 60 s; 'jvmm logs slow' shows";

    @TempDir
    private Path folder;
    private Path machine;

    @BeforeEach
    void makeMachine() throws Exception {
        machine = folder.resolve("run/jvmm/machines/slow");
        Files.createDirectories(machine,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(machine.resolve("state.json"), "{\"name\":\"slow\"}");
    }

    /** What says that the machine's process lives. */
    private FileChannel hold() throws Exception {
        FileChannel file = FileChannel.open(machine.resolve("lock"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        file.lock();
        return file;
    }

    /** A vsock device whose guest has no driver: it takes calls and does not answer. */
    private ServerSocketChannel silentGuest() throws Exception {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(machine.resolve("vsock.sock")));
        return server;
    }

    private Jvmm jvmm(String... arguments) {
        return new Jvmm(folder, arguments).with("XDG_RUNTIME_DIR", folder.resolve("run").toString());
    }

    @Test
    void execWaitsForAGuestThatStillBoots() throws Exception {
        Jvmm exec = jvmm("exec", "slow", "true");
        Process process;
        try (FileChannel held = hold()) {
            process = exec.start();
            exec.await(process, "err", WAITS);
            assertTrue(held.isOpen() && process.isAlive());
        }
        endedWithTheMachine(exec.result(process));
    }

    @Test
    void execWaitsForADriver() throws Exception {
        Jvmm exec = jvmm("exec", "slow", "true");
        Process process;
        try (FileChannel held = hold(); ServerSocketChannel guest = silentGuest()) {
            process = exec.start();
            exec.await(process, "err", WAITS);
            assertTrue(held.isOpen() && guest.isOpen() && process.isAlive());
        }
        endedWithTheMachine(exec.result(process));
    }

    private static void endedWithTheMachine(Result result) {
        assertEquals(1, result.code(), result.err());
        assertTrue(result.err().endsWith("jvmm: the machine 'slow' has ended\n"), result.err());
    }

    @Test
    void inspectDoesNotWaitForADriverForever() throws Exception {
        Result result;
        try (FileChannel held = hold(); ServerSocketChannel guest = silentGuest()) {
            result = jvmm("inspect", "slow").run();
            assertTrue(held.isOpen() && guest.isOpen());
        }
        assertEquals(0, result.code(), result.err());
        assertTrue(
                result.out().contains(
                        "\"the agent in the guest of 'slow' does not answer (its vsock gives no answer yet)"),
                result.out());
    }
}
