package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.runtime.backend.Hypervisors;
import dev.jvmm.runtime.config.ConfigurationReport;
import dev.jvmm.runtime.config.RuntimeConfiguration;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.Outcome;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration in the form of Kata's own, every key present, boots the same Linux with either backend. */
@RequiresKvm
class RuntimeGuestTest {
    private static final Path EVERY_KEY = Path.of(
            "../runtime/src/test/resources/dev/jvmm/runtime/config/configuration-every-key.toml");

    private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");

    @TempDir
    Path directory;

    @Test
    void bootsWithJvmm() throws Exception {
        assertBoots("jvmm");
    }

    @Test
    void bootsWithQemu() throws Exception {
        assumeTrue(Files.isExecutable(QEMU), "no " + QEMU + " on this host");
        assumeFalse(EmulatedHost.isThisOne(), "QEMU can not boot Linux where KVM only emulates kernel-mode code");
        assertBoots("qemu");
    }

    private void assertBoots(String backend) throws Exception {
        try (Hypervisor hypervisor = Hypervisors.open(configuration(backend), new KvmMachineFactory(),
                new MachineListener() {})) {
            hypervisor.create(configuration(backend).machine());
            hypervisor.start(Duration.ofSeconds(60));
            InputStream screen = hypervisor.console().output();
            assertShows("# ", screen);
            hypervisor.console().input()
                    .write("echo answer=$((6*7)) on $(uname -s); exit\n".getBytes(StandardCharsets.US_ASCII));
            assertShows("answer=42 on Linux", screen);
            screen.transferTo(OutputStream.nullOutputStream());
            Outcome outcome = hypervisor.await(Duration.ofSeconds(60)).orElseThrow();
            assertEquals(Outcome.of(Outcome.Kind.POWER_OFF), outcome);
        }
    }

    private RuntimeConfiguration configuration(String backend) throws Exception {
        EmbeddedGuest guest = new EmbeddedGuest();
        String text = Files.readString(EVERY_KEY)
                .replace("@BACKEND@", backend)
                .replace("@BINARY@", QEMU.toString())
                .replace("@KERNEL@", guest.kernel().toString())
                .replace("@INITRD@", guest.initramfs().toString())
                .replace("default_memory = 2048", "default_memory = 128");
        Path file = Files.writeString(directory.resolve("configuration.toml"), text);
        return ConfigurationReport.of(file).bootable();
    }

    private static void assertShows(String wanted, InputStream screen) throws Exception {
        StringBuilder seen = new StringBuilder();
        for (int c = screen.read(); seen.indexOf(wanted) < 0; c = screen.read()) {
            assertTrue(c >= 0, () -> "the guest ended before it showed '" + wanted + "':\n" + seen);
            seen.append((char) c);
        }
    }
}
