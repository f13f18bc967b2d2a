package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.device.DeviceSpec;
import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.Attachment;
import dev.jvmm.machine.DeviceSlots;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.machine.SlotException;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Disks come to a stock kernel through ACPI and leave it again. Runs in the lab: {@code -Djvmm.rounds.kernel=FILE} is Debian's kernel,
 * {@code -Djvmm.hotplug.initrd=FILE} what {@code lab/hotplug-initrd} makes, {@code -Djvmm.rounds=100} for more rounds.
 */
@RequiresKvm
@Timeout(1800)
class HotplugRoundsTest {
    private static final int ROUNDS = Integer.getInteger("jvmm.rounds", 12);
    private static final int SLOTS = 8;
    private static final int WARM = 10;
    private static final long UP_MILLIS = 240_000;
    private static final long ROUND_MILLIS = 60_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TOKEN = "token-of-this-disk";

    @TempDir
    Path folder;

    private final TextConsole console = new TextConsole();
    private Path kernel;
    private Path initrd;

    @BeforeEach
    void findGuest() {
        String file = System.getProperty("jvmm.hotplug.initrd");
        assumeTrue(file != null, "the lab gives a stock kernel and an initrd: mvn verify -pl lab -am");
        initrd = Path.of(file);
        kernel = Path.of(System.getProperty("jvmm.rounds.kernel"));
    }

    private Machine machine(String mode) throws Exception {
        Path beside = Files.write(folder.resolve("beside"), new byte[1 << 20]);
        MachineConfig config = MachineConfig.builder(kernel)
                .initrd(initrd)
                .commandLine("console=ttyS0 quiet panic=-1 hotplug=" + mode)
                .acpi(AcpiMode.ON)
                .slots(SLOTS)
                .devices(List.of(DeviceSpec.parse("disk", "path=" + beside)))
                .build();
        MachineListener nobody = new MachineListener() {};
        Machine machine = new KvmMachineFactory().create(config, nobody, console, SerialHost.NONE);
        machine.start();
        if (!console.await("GUEST-UP", UP_MILLIS)) {
            machine.close();
            throw new AssertionError(console.text());
        }
        return machine;
    }

    /** A file system with the token in it. */
    private DeviceSpec disk() throws Exception {
        Path content = Files.createDirectories(folder.resolve("content"));
        Files.writeString(content.resolve("token"), TOKEN + "\n");
        Path image = Files.write(folder.resolve("image"), new byte[16 << 20]);
        run("mke2fs", "-q", "-t", "ext4", "-d", content.toString(), image.toString());
        return DeviceSpec.parse("disk", "path=" + image);
    }

    private String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), output);
        return output;
    }

    private static long openFiles() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    private record Done(String sum, int platform, int slab, int beside) {
        private static final Pattern LINE = Pattern.compile(
                "DONE (\\d+) (\\S+) (\\S+) platform=(\\d+) slab=(\\d+) beside=(\\d+)");

        static Done of(String line, int round) {
            Matcher matcher = LINE.matcher(line);
            assertTrue(matcher.matches(), line);
            assertEquals(round, Integer.parseInt(matcher.group(1)));
            assertEquals(TOKEN, matcher.group(2));
            return new Done(matcher.group(3), Integer.parseInt(matcher.group(4)), Integer.parseInt(matcher.group(5)),
                    Integer.parseInt(matcher.group(6)));
        }
    }

    @Test
    void comesIsWorkedOnAndGoes() throws Exception {
        DeviceSpec disk = disk();
        String[] sums = new String[ROUNDS + 1];
        Done warm = null;
        Done last = null;
        long filesThen = 0;
        try (Machine machine = machine("rounds")) {
            DeviceSlots slots = machine.slots().orElseThrow();
            for (int round = 1; round <= ROUNDS; round++) {
                Attachment attachment = slots.attach(disk, PATIENCE);
                last = Done.of(console.awaitLine("DONE " + round + " ", ROUND_MILLIS), round);
                sums[round] = last.sum();
                slots.detach(attachment, PATIENCE);
                assertEquals(1, slots.attached().size());
                if (round == Math.min(WARM, ROUNDS - 1)) {
                    warm = last;
                    filesThen = openFiles();
                }
            }
            assertEquals(filesThen, openFiles(), "files of this process stay open");
        }
        String text = console.text();
        assertFalse(text.contains("FAILED"), text);
        assertFalse(text.contains("Eject incomplete"), text);
        run("e2fsck", "-fn", folder.resolve("image").toString());
        for (int round = 1; round <= ROUNDS; round++) {
            Path back = folder.resolve("back");
            run("debugfs", "-R", "dump /data" + round + " " + back, folder.resolve("image").toString());
            assertEquals(sums[round], run("md5sum", back.toString()).substring(0, 32), "round " + round);
        }
        assertTrue(last.beside() > warm.beside(), "the other disk was worked on");
        assertEquals(warm.platform(), last.platform(), "the guest keeps no device for each round");
        System.out.println("hotplug: " + ROUNDS + " rounds; the guest's slab " + warm.slab() + " KiB after "
                + Math.min(WARM, ROUNDS - 1) + " rounds, " + last.slab() + " at the end");
        assertTrue(last.slab() - warm.slab() < 100 * (ROUNDS - WARM) + 4096, text);
    }

    /** A disk with a mounted file system stays, and works; it goes when it is not used any more. */
    @Test
    void aDiskInUseStays() throws Exception {
        DeviceSpec disk = disk();
        try (Machine machine = machine("busy")) {
            DeviceSlots slots = machine.slots().orElseThrow();
            for (int round = 0; round < 2; round++) {
                Attachment attachment = slots.attach(disk, PATIENCE);
                assertTrue(console.await("HELD", ROUND_MILLIS), console::text);
                for (int attempt = 0; attempt < 2; attempt++) {
                    SlotException e = assertThrows(SlotException.class, () -> slots.detach(attachment, PATIENCE));
                    assertTrue(e.getMessage().endsWith("the guest says: the device is in use (_OST 0x82)"),
                            e.getMessage());
                }
                assertTrue(slots.attached().contains(attachment));
                console.type("\n");
                assertTrue(console.await("FREE", ROUND_MILLIS), console::text);
                slots.detach(attachment, PATIENCE);
                console.clear();
            }
        }
    }
}
