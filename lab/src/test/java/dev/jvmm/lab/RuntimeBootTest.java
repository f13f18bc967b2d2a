package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.guest.EmbeddedGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code jvmm runtime boot} on a configuration in the form of Kata's own, every key present: the same guest with either backend. */
@RequiresLab
class RuntimeBootTest {
    private static final int SECONDS = 120;
    private static final Path EVERY_KEY = Path.of(
            "../runtime/src/test/resources/dev/jvmm/runtime/config/configuration-every-key.toml");

    @TempDir
    Path directory;

    /** Two processors are asked for; a guest gets no more than its host has, and that is one. */
    @ParameterizedTest
    @ValueSource(strings = { "jvmm", "qemu" })
    void bootsTheSameGuest(String backend, LabMachine lab) throws IOException {
        Finished boot = lab.jvmm(SECONDS, "runtime", "boot", configuration(backend).toString());
        assertEquals(0, boot.status(), boot::toString);
        assertTrue(boot.out().lines().anyMatch("answer=42 cpus=1 on Linux"::equals), boot::toString);
    }

    private Path configuration(String backend) throws IOException {
        EmbeddedGuest guest = new EmbeddedGuest();
        String text = Files.readString(EVERY_KEY)
                .replace("@BACKEND@", backend)
                .replace("@BINARY@", "/usr/bin/qemu-system-x86_64")
                .replace("@KERNEL@", guest.kernel().toString())
                .replace("@INITRD@", guest.initramfs().toString())
                .replace("default_vcpus = 1", "default_vcpus = 2")
                .replace("default_memory = 2048", "default_memory = 128")
                .replace("kernel_params = \"\"",
                        "kernel_params = 'quiet JVMM_RUN=\"echo answer=$((6*7)) cpus=$(nproc) on $(uname -s)\"'");
        return Files.writeString(directory.resolve("configuration.toml"), text);
    }
}
