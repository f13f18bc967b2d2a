package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.guest.EmbeddedGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** jvmm's own guest on hardware virtualization. */
@RequiresLab
class OwnGuestTest {
    private static final int SECONDS = 120;

    /** Power-off goes through ACPI; the panic port is that of guest-kernel/README.md. */
    private static final String LINE = "console=ttyS0 quiet panic=-1 panic_port=0x505,1";

    private final String kernel = new EmbeddedGuest().kernel().toString();

    @Test
    void runsACommand(LabMachine lab) {
        Finished boot = lab.jvmm(SECONDS, "boot", "--cpus", "2", "--", "/bin/sh", "-c", "uname -r; nproc; exit 7");
        assertEquals(7, boot.status(), boot::toString);
        assertTrue(boot.out().matches("\\d+\\.\\d+\\.\\d+-jvmm\n2\n"), boot::toString);
    }

    @ParameterizedTest
    @CsvSource({ "pvh, 1", "pvh, 4", "linux64, 1" })
    void startsThroughEitherEntry(String protocol, int cpus, LabMachine lab) {
        Finished boot = lab.jvmm(SECONDS, "boot", "--kernel", kernel, "--protocol", protocol, "--cpus",
                Integer.toString(cpus), "--initrd", lab.file("initrd").toString(), "--cmdline", LINE);
        assertEquals(0, boot.status(), boot::toString);
        assertTrue(boot.out().contains("-jvmm cpus=" + cpus + " uptime="), boot::toString);
    }

    @Test
    void panicsWithoutARoot(LabMachine lab) {
        Finished boot = lab.jvmm(SECONDS, "boot", "--kernel", kernel, "--cmdline", LINE);
        assertEquals(1, boot.status(), boot::toString);
        assertTrue(boot.out().contains("Kernel panic - not syncing: VFS: Unable to mount root fs"), boot::toString);
        assertTrue(boot.err().contains("jvmm: the guest's kernel panicked"), boot::toString);
    }
}
