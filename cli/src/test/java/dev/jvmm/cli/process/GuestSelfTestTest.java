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
    @TempDir
    Path folder;

    @Test
    void everyTestOfTheKernelPasses() throws Exception {
        GuestTools tools = new GuestTools(folder);
        Path archive = tools.archive(tools.build());
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
}
