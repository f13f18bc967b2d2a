package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.config.ConfigException;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineFactory;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** {@code jvmm runtime} as a person meets it. */
@Isolated("takes System.out and System.err")
@Timeout(60)
class RuntimeCommandTest {
    @TempDir
    Path directory;

    private final PrintStream realOut = System.out;
    private final PrintStream realErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final AtomicReference<MachineConfig> booted = new AtomicReference<>();

    @AfterEach
    void giveStreamsBack() {
        System.setOut(realOut);
        System.setErr(realErr);
    }

    private int run(MachineFactory factory, String... arguments) {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        return Main.run(arguments, new Timeline(System.nanoTime()), factory);
    }

    private MachineFactory ending(Outcome outcome) {
        return (config, _, console, channel) -> {
            assertEquals(SerialHost.NONE, channel);
            booted.set(config);
            FakeMachine machine = new FakeMachine(() -> {});
            console.connect((_, _, length) -> length);
            machine.end(outcome);
            return machine;
        };
    }

    private static MachineFactory none() {
        return (_, _, _, _) -> {
            throw new ConfigException("no machine here");
        };
    }

    private String file(String backend, String... lines) throws IOException {
        Path kernel = Files.writeString(directory.resolve("vmlinux"), "kernel");
        String text = "[hypervisor." + backend + "]\nkernel = \"" + kernel + "\"\n" + String.join("\n", lines) + "\n";
        return Files.writeString(directory.resolve("configuration.toml"), text).toString();
    }

    @Test
    void checkSaysWhatBecomesOfEachKeyAndIsContent() throws IOException {
        assertEquals(0, run(none(), "runtime", "check", file("jvmm", "shared_fs = \"virtio-fs\"")));
        assertTrue(out.toString().contains("not yet   line 3    hypervisor.jvmm.shared_fs"), out.toString());
        assertTrue(out.toString().contains(": ok, backend jvmm; 1 honoured, 1 not yet supported, 0 unknown"),
                out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void checkFailsOnAnErrorOrAnUnknownKey() throws IOException {
        assertEquals(1, run(none(), "runtime", "check", file("jvmm", "default_memory = true")));
        assertTrue(out.toString().contains("configuration.toml:3:1: error: hypervisor.jvmm.default_memory: "),
                out.toString());
        assertEquals(1, run(none(), "runtime", "check", file("jvmm", "colour = 1")));
        assertEquals(1, run(none(), "runtime", "check", directory.resolve("none").toString()));
    }

    @Test
    void checkWritesJson() throws IOException {
        assertEquals(0, run(none(), "runtime", "check", "--json", file("jvmm")));
        assertTrue(out.toString().startsWith("{") && out.toString().contains("\"backend\" : \"jvmm\""), out.toString());
    }

    @Test
    void bootsWhatTheFileDescribes() throws IOException {
        String file = file("jvmm", "kernel_params = \"quiet a=1\"", "default_memory = 64", "default_vcpus = 0.5");
        assertEquals(0, run(ending(Outcome.of(Kind.POWER_OFF)), "runtime", "boot", "--console", "off", file));
        assertEquals("console=ttyS0 panic=-1 quiet a=1", booted.get().commandLine());
        assertEquals(64L << 20, booted.get().memory().size());
        assertEquals(1, booted.get().cpus());
        assertEquals("", err.toString());
    }

    @Test
    void theWayTheGuestEndsIsTheExitCode() throws IOException {
        assertEquals(0, run(ending(Outcome.of(Kind.RESET)), "runtime", "boot", "--console", "off", file("jvmm")));
        assertEquals(1, run(ending(Outcome.of(Kind.PANIC)), "runtime", "boot", "--console", "off", file("jvmm")));
        assertTrue(err.toString().contains("panicked"), err.toString());
        assertEquals(1, run(none(), "runtime", "boot", "--console", "off", file("jvmm")));
        assertTrue(err.toString().endsWith("jvmm: no machine here\n"), err.toString());
    }

    @Test
    void theConsoleCanGoToAFile() throws IOException {
        Path console = directory.resolve("console");
        String file = file("jvmm");
        assertEquals(0,
                run(ending(Outcome.of(Kind.POWER_OFF)), "runtime", "boot", "--console", "file:" + console, file));
        assertEquals("", Files.readString(console));
        assertEquals(2, run(none(), "runtime", "boot", "--console", "nowhere", file));
    }

    @Test
    void bootSaysHowManyKeysHaveNoEffect() throws IOException {
        String file = file("jvmm", "shared_fs = \"virtio-fs\"", "colour = 1", "enable_iommu = false");
        assertEquals(0, run(ending(Outcome.of(Kind.POWER_OFF)), "runtime", "boot", "--console", "off", file));
        assertEquals("jvmm: 2 keys have no effect; 'jvmm runtime check " + file + "' tells which\n", err.toString());
    }

    @Test
    void bootRefusesAFileWithErrorsAndNamesThemAll() throws IOException {
        String file = file("jvmm", "default_memory = true", "initrd = \"/nowhere\"");
        assertEquals(1, run(ending(Outcome.of(Kind.POWER_OFF)), "runtime", "boot", "--console", "off", file));
        assertTrue(err.toString().startsWith(file + ":3:1: error: hypervisor.jvmm.default_memory: "), err.toString());
        assertTrue(err.toString().contains("\n" + file + ":4:1: error: hypervisor.jvmm.initrd: "), err.toString());
        assertFalse(err.toString().contains("bug"));
        assertEquals(null, booted.get());
    }

    @Test
    void bootRefusesAnImage() throws IOException {
        assertEquals(1, run(none(), "runtime", "boot", "--console", "off", file("jvmm", "image = \"/x\"")));
        assertTrue(err.toString().contains(":3:1: error: hypervisor.jvmm.image: an image is not supported yet"),
                err.toString());
    }

    @Test
    void whatQemuSaysReachesThePerson() throws IOException {
        Path qemu = Files.writeString(directory.resolve("qemu"), "#!/bin/sh\necho no such machine >&2\nexit 1\n");
        Files.setPosixFilePermissions(qemu, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertEquals(1, run(none(), "runtime", "boot", "--console", "off", file("qemu", "path = \"" + qemu + "\"")));
        assertTrue(err.toString().contains("jvmm: QEMU could not start the guest: no such machine"), err.toString());
    }

    @Test
    void mistakesOnTheCommandLineAreUsageErrors() throws IOException {
        assertEquals(2, run(none(), "runtime"));
        assertTrue(err.toString().contains("check") && err.toString().contains("boot"), err.toString());
        assertEquals(2, run(none(), "runtime", "check"));
        assertEquals(2, run(none(), "runtime", "chekc", "x"));
        assertEquals(2, run(none(), "runtime", "boot", "--colour", file("jvmm")));
        assertEquals(0, run(none(), "runtime", "boot", "--help"));
        assertTrue(out.toString().contains("Ctrl-A x"), out.toString());
    }
}
