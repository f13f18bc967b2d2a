package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.cli.process.GuestTools;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.Outcome;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A guest at work is saved and restored again and again, and must end as if nothing had been. One more machine from the last files, whose
 * memory is cut short, must end with that reason, where KVM runs on hardware.
 *
 * <p>{@code -Djvmm.rounds=200} for more of it than an ordinary run of the tests does, {@code -Djvmm.rounds.kernel=FILE} for another kernel
 * than the default guest's, {@code -Djvmm.rounds.cpus=N} for more processors, {@code -Djvmm.rounds.seconds=N} on a busy host.
 */
@RequiresKvm
@Timeout(900)
class SnapshotRoundsTest {
    private static final int ROUNDS = Integer.getInteger("jvmm.rounds", 15);
    private static final long SLICE_MILLIS = 40;

    /** What each of the guest's processes does again and again, and for how many seconds of the guest's clock: enough for the rounds. */
    private static final int WORK = 4;

    private static final long SECONDS = Long.getLong("jvmm.rounds.seconds", ROUNDS * SLICE_MILLIS / 1000 + 3);

    private static final long FINISH_MILLIS = 300_000;

    @TempDir
    Path folder;

    /** Where a processor of the guest's takes two of the host's to get anywhere, four are for {@code -Djvmm.rounds.cpus=4}. */
    static IntStream cpus() {
        return IntStream.of(1, Integer.getInteger("jvmm.rounds.cpus", EmulatedHost.isThisOne() ? 2 : 4));
    }

    @ParameterizedTest
    @MethodSource("cpus")
    void theWorkEndsAsIfUndisturbed(int cpus) throws Exception {
        GuestTools tools = new GuestTools(folder);
        Path programs = tools.build();
        String digest = tools.output(programs.resolve("bin/soak").toString(), Integer.toString(WORK)).strip();
        digest = digest.substring(digest.lastIndexOf('\n') + 1);
        assertTrue(digest.startsWith("soak: ok "), digest);
        SnapshotRounds rounds = new SnapshotRounds(folder);
        Outcome outcome = rounds.run(config(tools.soakArchive(programs), cpus), ROUNDS, SLICE_MILLIS, FINISH_MILLIS);
        assertTrue(rounds.output().contains(digest), rounds.output());
        assertEquals(Outcome.of(Outcome.Kind.POWER_OFF), outcome, rounds.output());
        assertTicks(rounds.output());
        assertEquals(ROUNDS, rounds.done(), "the guest had finished before: more SECONDS are needed");
        if (!EmulatedHost.isThisOne()) {
            assertEquals(new Outcome(Outcome.Kind.FAILED, GuestMemoryException.LOST), rounds.cutShort(FINISH_MILLIS));
        }
    }

    private static MachineConfig config(Path initrd, int cpus) {
        Optional<String> kernel = Optional.ofNullable(System.getProperty("jvmm.rounds.kernel"));
        String line = "console=ttyS0 quiet panic=-1 poweroff_port=0x600,0x34"
                + (EmulatedHost.isThisOne() ? " pci=off noreplace-smp rodata=off" : "") + " -- " + WORK + " " + SECONDS;
        return MachineConfig.builder(kernel.map(Path::of).orElseGet(() -> new EmbeddedGuest().kernel()))
                .initrd(initrd)
                .commandLine(line)
                .cpus(cpus)
                .build();
    }

    /** Every tick once and in its order: no output was lost and none came twice. */
    private static void assertTicks(String output) {
        int tick = 0;
        for (String line : output.split("\r?\n")) {
            if (line.startsWith("tick ")) {
                assertEquals("tick " + ++tick, line, output);
            }
        }
        assertTrue(tick > 0, output);
    }
}
