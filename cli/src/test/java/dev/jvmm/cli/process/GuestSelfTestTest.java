package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guest kernel's self-test ({@code guest-kernel/selftest}) in the default guest: system calls, signals, ptrace, seccomp, and
 * processes that hammer the YMM and ZMM registers while the kernel switches between them.
 */
@RequiresKvm
@Timeout(300)
class GuestSelfTestTest {
    private static final Path SOURCES = Path.of("../guest-kernel/selftest");

    @TempDir
    Path folder;

    @Test
    void everyTestOfTheKernelPasses() throws Exception {
        requireTools();
        Path added = folder.resolve("added");
        assertEquals(0, shell("'" + SOURCES.toAbsolutePath() + "/build' '" + added + "'"));
        Path archive = folder.resolve("selftest.cpio");
        assertEquals(0, shell("cd '" + added + "' && find . | cpio -o -H newc --quiet >'" + archive + "'"));
        Result result = new Jvmm(
                folder, "boot", "--console", "off", "--initrd", together(archive).toString(), "--", "/bin/selftest")
                .run();
        assertEquals(0, result.code(), result.out() + result.err());
        assertTrue(result.out().contains("YMM registers survive switches"), result.out());
        assertFalse(result.out().contains("FAIL"), result.out());
    }

    /** The kernel unpacks archives that stand behind one another into one file system. */
    private Path together(Path archive) throws IOException {
        Path both = Files.copy(new EmbeddedGuest().initramfs(), folder.resolve("both.cpio"));
        return Files.write(both, Files.readAllBytes(archive), StandardOpenOption.APPEND);
    }

    private static void requireTools() throws IOException, InterruptedException {
        boolean there = shell("command -v musl-gcc && command -v cpio") == 0;
        if ("1".equals(System.getenv("JVMM_REQUIRE_KVM"))) {
            assertTrue(there, "musl-gcc and cpio are needed: apt-get install musl-tools cpio");
        }
        Assumptions.assumeTrue(there, "no musl-gcc or cpio here: apt-get install musl-tools cpio");
    }

    private static int shell(String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }
}
