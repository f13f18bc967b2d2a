package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.nio.file.Path;
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

    @Test
    void aCommandsStreamsAndExitCodeComeOut() throws Exception {
        String script = "uname -r; cat /etc/machine-id /etc/hostname; hostname; echo to-stderr >&2; read line; echo \"got $line\"; cat; tr -d '\\n' </proc/cmdline; exit 7";
        Result result = new Jvmm(folder, "boot", "--console", "off", "--", "/bin/sh", "-c", script)
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
        assertEquals("to-stderr\n", result.err());
    }

    @Test
    void twoProcessorsThroughPvhAndAcpi() throws Exception {
        String script = "grep -c ^processor /proc/cpuinfo; ls /sys/firmware/acpi/tables; exit 0";
        Result result = new Jvmm(
                folder, "boot", "--console", "off", "--cpus", "2", "--protocol", "pvh", "--acpi", "on", "--", "/bin/sh",
                "-c", script)
                .run();
        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("2\n"), result.out());
        assertTrue(result.out().contains("DSDT"), result.out());
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

    @Test
    void commandsThatCanNotBeStarted() throws Exception {
        Result missing = new Jvmm(folder, "boot", "--console", "off", "--", "/no/such/program").run();
        assertEquals(127, missing.code(), missing.err());
        assertTrue(missing.err().contains("/no/such/program"), missing.err());
    }

    @Test
    void aTermSignalReachesTheCommand() throws Exception {
        Jvmm jvmm = new Jvmm(
                folder, "boot", "--console", "off", "--", "/bin/sh", "-c",
                "trap 'echo caught; exit 3' TERM; echo up; while :; do sleep 1; done");
        Process process = jvmm.start();
        while (process.isAlive() && !jvmm.text("out").contains("up")) {
            Thread.sleep(100);
        }
        process.destroy();
        Result result = jvmm.result(process);
        assertEquals("up\ncaught\n", result.out());
        assertTrue(result.code() == 3 || result.code() == 143, result.code() + result.err());
    }
}
