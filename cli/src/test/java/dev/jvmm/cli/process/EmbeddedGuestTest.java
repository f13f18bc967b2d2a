package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The default guest, booted for real. A boot takes long on a host whose KVM emulates, so each proves as much as it can.
 */
@RequiresKvm
@Timeout(300)
class EmbeddedGuestTest {
    @TempDir
    Path folder;

    @BeforeAll
    @Timeout(600)
    static void makeTheTemplate() throws Exception {
        SharedTemplate.make();
    }

    @Test
    void withoutATemplateACommandsStreamsAndExitCodeComeOut() throws Exception {
        String script = "uname -r; cat /etc/machine-id /etc/hostname; hostname; echo to-stderr >&2; read line; echo \"got $line\"; cat; "
                + "grep -c ^processor /proc/cpuinfo; ls /sys/firmware/acpi/tables; exit 7";
        Result result = new Jvmm(
                folder, "boot", "--no-template", "--cpus", "2", "--protocol", "pvh", "--acpi", "on", "--timing",
                "--console", "off", "--", "/bin/sh", "-c", script)
                .run("first\nsecond\nthird\n");
        assertEquals(7, result.code(), result.err());
        String[] lines = result.out().split("\n");
        assertTrue(lines[0].startsWith("6."), result.out());
        assertTrue(lines[1].matches("[0-9a-f]{32}"), result.out());
        assertEquals("jvmm-" + lines[1].substring(0, 8), lines[2], "the host's name for it");
        assertEquals(lines[2], lines[3]);
        assertEquals("got first", lines[4]);
        assertEquals("second", lines[5]);
        assertEquals("third", lines[6]);
        assertEquals("2", lines[7], "processors");
        assertTrue(result.out().contains("\nDSDT\n"), result.out());
        assertTrue(result.err().startsWith("to-stderr\n{"), result.err());
        assertTrue(result.err().contains("kernel_loaded") && !result.err().contains("restored"), result.err());
    }

    @Test
    void aNamedTemplateOfTwoProcessors() throws Exception {
        String name = "EmbeddedGuestTest";
        Result gone = new Jvmm(folder, "template", "rm", name).run();
        assertTrue(gone.code() == 0 || gone.err().contains("there is no template"), gone.err());
        assertEquals(new Result(0, "", ""), new Jvmm(folder, "template", "create", "--cpus", "2", name).run());
        Result twice = new Jvmm(folder, "template", "create", name).run();
        assertEquals(new Result(1, "", "jvmm: there is a template \"" + name + "\" already\n"), twice);

        Result clone = new Jvmm(folder, "boot", "--from", name, "--", "grep", "-c", "^processor", "/proc/cpuinfo")
                .run();
        assertEquals(new Result(0, "2\n", ""), clone);
        Result pruned = new Jvmm(folder, "template", "prune").run();
        assertEquals(0, pruned.code(), pruned.err());
        String list = new Jvmm(folder, "template", "ls").run().out();
        assertTrue(list.lines().anyMatch(line -> line.matches(name + " +2 +128 MiB +[0-9]+ MiB +[-0-9: ]+")), list);
        assertEquals(new Result(0, "", ""), new Jvmm(folder, "template", "rm", name).run());
    }

    @Test
    void aPanicIsAFailure() throws Exception {
        Result result = new Jvmm(
                folder, "boot", "--console", "off", "--cmdline", "rdinit=/none", "--", "/bin/true")
                .run();
        assertEquals(1, result.code(), result.err());
        assertTrue(result.err().contains("panic"), result.err());
    }

    @Test
    void aShellOnTheConsoleThatPowersOffIsASuccess() throws Exception {
        Result result = new Jvmm(folder, "boot", "--console", "tty").run("echo $((6*7)); poweroff\n");
        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains("42"), result.out());
    }
}
