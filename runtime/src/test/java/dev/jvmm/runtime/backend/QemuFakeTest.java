package dev.jvmm.runtime.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.machine.MachineConfig;
import dev.jvmm.runtime.HypervisorException;
import dev.jvmm.runtime.backend.QemuOptions.Accelerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that are not QEMU, or a QEMU that misbehaves. */
@Timeout(60)
class QemuFakeTest {
    @TempDir
    Path directory;

    private QemuHypervisor created(String script) throws IOException {
        QemuHypervisor hypervisor = new QemuHypervisor(new QemuOptions(program(script), Accelerator.TCG));
        hypervisor.create(MachineConfig.builder(TestKernel.write(directory.resolve("kernel"))).build());
        return hypervisor;
    }

    private Path program(String script) throws IOException {
        Path program = Files.writeString(directory.resolve("qemu"), script);
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String failure(QemuHypervisor hypervisor, Duration timeout) {
        String message = assertThrows(HypervisorException.class, () -> hypervisor.start(timeout)).getMessage();
        hypervisor.cleanup();
        return message;
    }

    @Test
    void itsLastWordsAreTold() throws IOException {
        assertEquals("QEMU could not start the guest: no such machine: microvm",
                failure(created("#!/bin/sh\necho no such machine: microvm >&2\nexit 1\n"), Duration.ofSeconds(30)));
    }

    @Test
    void onlyTheEndOfManyWordsIsKept() throws IOException {
        String message = failure(created("#!/bin/sh\nyes 0123456789 | head -c 200000 >&2\necho last >&2\nexit 1\n"),
                Duration.ofSeconds(30));
        assertTrue(message.endsWith("last"), message);
        assertTrue(message.length() < 10_000);
    }

    @Test
    void aSilentDeathTellsItsStatus() throws IOException {
        assertTrue(failure(created("#!/bin/sh\nexit 3\n"), Duration.ofSeconds(30)).contains("it ended with status 3"));
    }

    @Test
    void whatIsNoProgramIsNamed() throws IOException {
        assertTrue(
                failure(created("#!/nowhere/interpreter\n"), Duration.ofSeconds(30)).contains("qemu can not be run"));
        QemuHypervisor none = new QemuHypervisor(new QemuOptions(Path.of("/nowhere/qemu"), Accelerator.TCG));
        assertTrue(assertThrows(HypervisorException.class, none::check).getMessage().contains("/nowhere/qemu"));
    }

    @Test
    void oneThatNeverAnswersIsKilledInTime() throws IOException {
        Path pid = directory.resolve("pid");
        String script = "#!/bin/sh\necho $$ > " + pid + ".new\nmv " + pid + ".new " + pid + "\nexec sleep 1000\n";
        assertTrue(failure(created(script), Duration.ofSeconds(2)).contains("did not start the guest within 2000 ms"));
        assertGone(pid);
    }

    @Test
    void oneThatIgnoresItsEndIsKilled() throws IOException {
        Path pid = directory.resolve("pid");
        String script = "#!/bin/sh\ntrap '' TERM\necho $$ > " + pid + ".new\nmv " + pid + ".new " + pid
                + "\nwhile :; do read x < /dev/zero; done\n";
        assertTrue(failure(created(script), Duration.ofSeconds(2)).contains("did not start"));
        assertGone(pid);
    }

    private static void assertGone(Path pid) throws IOException {
        assertTrue(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).isEmpty());
    }
}
