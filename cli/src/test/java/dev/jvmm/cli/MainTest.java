package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.config.ConfigException;
import dev.jvmm.machine.MachineFactory;
import dev.jvmm.vm.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The command line as a person meets it: what is said, and the exit code. */
@Isolated("takes System.out and System.err")
@Timeout(60)
class MainTest {
    private final PrintStream realOut = System.out;
    private final PrintStream realErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<FakeMachine> machines = new ArrayList<>();

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

    private int run(String... arguments) {
        return run((_, _, _, _) -> {
            throw new ConfigException("no machine here");
        }, arguments);
    }

    private MachineFactory ending(Outcome outcome) {
        return (_, listener, console, _) -> {
            listener.vmCreated();
            FakeMachine machine = new FakeMachine(() -> {
                console.fromGuest(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)));
                listener.firstRun();
            });
            console.connect((_, _, length) -> length);
            machine.end(outcome);
            machines.add(machine);
            return machine;
        };
    }

    @Test
    void anUnknownOptionNamesTheNearestOne() {
        assertEquals(2, run("boot", "--kernle", "k"));
        assertTrue(err.toString().contains("--kernel"), err.toString());
    }

    @Test
    void anUnknownCommandNamesTheNearestOne() {
        assertEquals(2, run("chekc"));
        assertTrue(err.toString().contains("jvmm check"), err.toString());
    }

    @Test
    void nothingIsAMistakeAndShowsTheCommands() {
        assertEquals(2, run());
        assertTrue(err.toString().contains("completion"));
    }

    @Test
    void aWordWithoutDashesIsAMistake() {
        assertEquals(2, run("boot", "ls"));
        assertTrue(err.toString().contains("ls"));
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        assertEquals(0, run("--help"));
        assertEquals(0, run("boot", "--help"));
        assertEquals(0, run("--version"));
        assertTrue(out.toString().contains("--memory") && out.toString().contains("jvmm "));
        assertTrue(out.toString().contains("free-page-reporting"), "the devices' keys");
        assertEquals("", err.toString());
    }

    @Test
    void completionNamesEveryOption() {
        assertEquals(0, run("completion", "bash"));
        for (BootOption option : BootOption.values()) {
            assertTrue(out.toString().contains(option.text), option.text);
        }
        assertEquals(2, run("completion", "tcsh"));
    }

    @Test
    void badValuesAreUsageErrorsOnEitherPath() {
        assertEquals(2, run("boot", "--cpus", "0", "--kernel", "k"));
        assertEquals(2, run("boot", "--cpus=0", "--kernel", "k", "--quiet", "--quiet"));
        assertEquals(2, run("boot", "--console", "off"));
        assertTrue(err.toString().contains("between 1 and 254"), err.toString());
    }

    @Test
    void aMachineThatCanNotBeMadeIsAFailureWithItsReason() {
        assertEquals(1, run("boot", "--kernel", "k", "--console", "off"));
        assertEquals("jvmm: no machine here\n", err.toString());
    }

    @Test
    void theWayTheGuestEndsIsTheExitCode() {
        assertEquals(0, run(ending(Outcome.of(Outcome.Kind.POWER_OFF)), "boot", "--kernel", "k", "--console", "off"));
        assertEquals(0, run(ending(Outcome.of(Outcome.Kind.RESET)), "boot", "--kernel", "k", "--console", "off"));
        assertEquals("", err.toString());
        assertEquals(1, run(ending(Outcome.of(Outcome.Kind.PANIC)), "boot", "--kernel", "k", "--console", "off"));
        assertTrue(err.toString().contains("panicked"), err.toString());
        assertEquals(
                1, run(ending(new Outcome(Outcome.Kind.FAILED, "so and so")), "boot", "--kernel", "k", "--console",
                        "off"));
        assertTrue(err.toString().contains("so and so"), err.toString());
        assertFalse(machines.isEmpty());
        assertTrue(machines.stream().allMatch(machine -> machine.closed));
    }

    @Test
    void theConsoleGoesToItsFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("console");
        MachineFactory factory = ending(Outcome.of(Outcome.Kind.POWER_OFF));
        assertEquals(0, run(factory, "boot", "--kernel", "k", "--console", "file:" + file));
        assertEquals("hello", Files.readString(file));
        assertEquals(1, run(factory, "boot", "--kernel", "k", "--console", "file:" + folder));
        assertTrue(err.toString().contains("can be written"), err.toString());
    }

    @Test
    void timingIsOneLineOfJsonInOrder() {
        MachineFactory factory = ending(Outcome.of(Outcome.Kind.POWER_OFF));
        assertEquals(0, run(factory, "boot", "--kernel", "k", "--console", "off", "--timing"));
        String json = err.toString().strip();
        assertTrue(json.matches(
                "\\{\"process_start\":0,\"jvm_main\":[-0-9.]+,\"vm_created\":[-0-9.]+,\"first_kvm_run\":[-0-9.]+,"
                        + "\"guest_off\":[-0-9.]+,\"unit\":\"ms\"}"),
                json);
    }

    @Test
    void aBugShowsItsTrace() {
        assertEquals(1, run((_, _, _, _) -> {
            throw new IllegalStateException("oops");
        }, "boot", "--kernel", "k", "--console", "off"));
        assertTrue(err.toString().contains("bug") && err.toString().contains("oops"));
    }
}
