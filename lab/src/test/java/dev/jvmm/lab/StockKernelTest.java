package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian's kernels as they come: a bzImage, found its way through ACPI. */
@RequiresLab
class StockKernelTest {
    private static final int SECONDS = 240;
    private static final String LINE = "console=ttyS0 quiet panic=-1";

    /** Loads the driver of the panic device and panics. */
    private static final String PANIC_INIT = """
            #!/bin/busybox sh
            /bin/busybox mount -t proc proc /proc
            /bin/busybox insmod /pvpanic.ko && /bin/busybox insmod /pvpanic-mmio.ko || /bin/busybox poweroff -f
            echo c >/proc/sysrq-trigger
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({ "cloud, 1", "cloud, 4", "generic, 1", "generic, 4" })
    void bootsAndPowersOff(String kind, int cpus, LabMachine lab) {
        Finished boot = boot(lab, kind, cpus, LINE);
        assertEquals(0, boot.status(), boot::toString);
        assertUp(boot, lab, kind, cpus);
        assertTrue(boot.out().contains("reboot: Power down"), boot::toString);
    }

    @Test
    void mayEndByAReset(LabMachine lab) {
        Finished boot = boot(lab, "cloud", 4, LINE + " end=reboot");
        assertEquals(0, boot.status(), boot::toString);
        assertUp(boot, lab, "cloud", 4);
        assertTrue(boot.out().contains("reboot: Restarting system"), boot::toString);
    }

    /** The DSDT's panic device is what {@code pvpanic-mmio} binds to. */
    @Test
    void tellsOfItsPanic(LabMachine lab) throws IOException {
        Path initrd = panicInitrd(lab);
        Finished boot = lab.jvmm(SECONDS, "boot", "--kernel", lab.file("cloud.kernel").toString(), "--initrd",
                initrd.toString(), "--cmdline", LINE);
        assertEquals(1, boot.status(), boot::toString);
        assertTrue(boot.err().contains("jvmm: the guest's kernel panicked"), boot::toString);
        assertTrue(boot.out().contains("sysrq"), boot::toString);
    }

    private static Finished boot(LabMachine lab, String kind, int cpus, String line) {
        return lab.jvmm(SECONDS, "boot", "--cpus", Integer.toString(cpus), "--kernel",
                lab.file(kind + ".kernel").toString(), "--initrd", lab.file("initrd").toString(), "--cmdline", line);
    }

    private static void assertUp(Finished boot, LabMachine lab, String kind, int cpus) {
        String words = "GUEST-UP release=" + lab.file(kind + ".release") + " cpus=" + cpus + " uptime=";
        assertTrue(boot.out().contains(words), () -> "no '" + words + "' in " + boot);
    }

    /** busybox, the driver's two modules and an init. */
    private Path panicInitrd(LabMachine lab) throws IOException {
        Path root = Files.createDirectory(directory.resolve("root"));
        Path busybox = lab.file("initrd").resolveSibling("busybox");
        for (String folder : List.of("bin", "proc", "dev")) {
            Files.createDirectory(root.resolve(folder));
        }
        Files.copy(busybox, root.resolve("bin/busybox"));
        for (String module : List.of("pvpanic.ko", "pvpanic-mmio.ko")) {
            Files.copy(lab.file("cloud.modules").resolve("kernel/drivers/misc/pvpanic").resolve(module),
                    root.resolve(module));
        }
        Path init = Files.writeString(root.resolve("init"), PANIC_INIT);
        assertTrue(init.toFile().setExecutable(true));
        Path initrd = directory.resolve("initrd");
        Finished packing = Finished.run(60, List.of("sh", "-c",
                "cd \"$1\" && find . | \"$2\" cpio -o -H newc -R 0:0 >\"$3\"", "sh", root.toString(),
                busybox.toString(), initrd.toString()));
        assertEquals(0, packing.status(), packing::toString);
        return initrd;
    }
}
