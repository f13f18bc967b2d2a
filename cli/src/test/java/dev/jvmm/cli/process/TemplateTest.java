package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The default guest from its template: a command can not tell it from a boot, nor can two clones be taken for each other. */
@RequiresKvm
@Timeout(300)
class TemplateTest {
    private static final String RESTORED = "\"restored\":";
    private static final String BOOTED = "\"kernel_loaded\":";

    private static SharedTemplate template;

    @TempDir
    Path folder;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        template = SharedTemplate.make();
    }

    private Jvmm command(String script) {
        return new Jvmm(folder, "boot", "--", "/bin/sh", "-c", script);
    }

    private static void assertClone(String err) {
        assertTrue(err.contains(RESTORED), err);
        assertFalse(err.contains(BOOTED), err);
    }

    @Test
    void twoFirstBootsMakeOneTemplate() throws Exception {
        List<Result> boots = template.firstBoots();
        assertEquals(2, boots.size());
        assertEquals(0, boots.get(0).code(), boots.get(0).err());
        assertEquals(0, boots.get(1).code(), boots.get(1).err());
        assertEquals("hello from one\n", boots.get(0).out());
        assertEquals("hello from two\n", boots.get(1).out());
        boolean firstWaited = boots.get(0).err().contains(RESTORED);
        Result made = boots.get(firstWaited ? 1 : 0);
        Result waited = boots.get(firstWaited ? 0 : 1);
        assertTrue(made.err().contains(BOOTED), made.err());
        assertFalse(made.err().contains("jvmm: "), made.err());
        assertClone(waited.err());
        assertTrue(waited.err().startsWith("jvmm: another jvmm is making the template; waiting for it"), waited.err());
        assertEquals(1, template.left().size(), template.left().toString());
        assertTrue(template.left().get(0).startsWith("auto-"), template.left().toString());
    }

    @Test
    void aClonesStreamsAndExitCodeAreExact() throws Exception {
        Result result = new Jvmm(folder, "boot", "--timing", "--", "/bin/sh", "-c",
                "read line; echo \"got $line\"; cat; echo to-stderr >&2; exit 7").run("first\nsecond\nno newline");
        assertEquals(7, result.code(), result.err());
        assertEquals("got first\nsecond\nno newline", result.out());
        assertTrue(result.err().startsWith("to-stderr\n{"), result.err());
        assertClone(result.err());
    }

    @Test
    void whatAClonesCommandMayBe() throws Exception {
        assertEquals(new Result(0, "", ""), new Jvmm(folder, "boot", "--", "/bin/true").run());
        Result killed = command("kill -KILL $$").run();
        assertEquals(new Result(128 + 9, "", ""), killed);
        Result missing = new Jvmm(folder, "boot", "--", "/no/such/program").run();
        assertEquals(127, missing.code());
        assertTrue(missing.err().contains("/no/such/program"), missing.err());
    }

    @ParameterizedTest
    @CsvSource({ "TERM, 143", "INT, 130" })
    void signalsReachTheCommand(String signal, int killed) throws Exception {
        // The shell waits in wait: its trap runs at once, without a process to end or to start first.
        Jvmm traps = command("trap 'echo caught; exit 3' " + signal
                + "; sleep 1000 >/dev/null 2>&1 & echo up; wait");
        Process process = traps.start();
        traps.await(process, "out", "up\n");
        Jvmm.signal(process, signal);
        assertEquals(new Result(3, "up\ncaught\n", ""), traps.result(process));

        Jvmm dies = command("echo up; exec sleep 1000");
        process = dies.start();
        dies.await(process, "out", "up\n");
        Jvmm.signal(process, signal);
        assertEquals(new Result(killed, "up\n", ""), dies.result(process));
    }

    @Test
    void aShellOnTheConsole() throws Exception {
        Result result = new Jvmm(folder, "boot", "--console", "tty").with("TERM", "vt52")
                .run("echo $((6*7)) on $TERM\nexit 5\n");
        assertEquals(5, result.code(), result.err());
        assertEquals("", result.err());
        assertTrue(result.out().contains("\n42 on vt52\r\n"), result.out());
    }

    @Test
    void aShellKnowsTheWindowsSize() throws Exception {
        Path script = Path.of("/usr/bin/script");
        assumeTrue(Files.isExecutable(script), "no " + script + " here, which makes terminals: package bsdutils");
        Path run = folder.resolve("run");
        Jvmm jvmm = new Jvmm(folder, "boot", "--console", "tty")
                .under("{ printf exec; printf ' \"%s\"' \"$@\"; } >" + run
                        + "; exec script -qec 'tty; stty rows 33 cols 77; . "
                        + run + "' /dev/null");
        Process process = jvmm.startOnPipe();
        try (OutputStream keyboard = process.getOutputStream()) {
            jvmm.await(process, "out", "# ");
            type(keyboard, "stty size");
            jvmm.await(process, "out", "33 77");
            String terminal = jvmm.text("out").lines().findFirst().orElseThrow().strip();
            assertTrue(terminal.startsWith("/dev/pts/"), terminal);
            assertEquals(0, new ProcessBuilder("stty", "-F", terminal, "rows", "44", "cols", "88").start().waitFor());
            // The signal is on its way: sooner or later the guest knows.
            for (int i = 0; i < 20 && !jvmm.text("out").contains("44 88"); i++) {
                type(keyboard, "stty size; echo asked $((" + i + "*1)) times");
                jvmm.await(process, "out", "asked " + i + " times");
            }
            assertTrue(jvmm.text("out").contains("44 88"), jvmm.text("out"));
            type(keyboard, "exit 6");
            assertEquals(6, jvmm.result(process).code());
        }
    }

    private static void type(OutputStream keyboard, String line) throws java.io.IOException {
        keyboard.write((line + "\r").getBytes(StandardCharsets.US_ASCII));
        keyboard.flush();
    }

    @Test
    void clonesAreDistinct() throws Exception {
        // Few processes: where KVM only emulates the guest's kernel, each costs it half a second.
        String script = "echo $EPOCHSECONDS; cat /etc/machine-id /etc/hostname /proc/sys/kernel/hostname"
                + " /proc/sys/kernel/random/uuid /proc/self/maps; exec head -c 16 /dev/urandom";
        List<Jvmm> clones = new ArrayList<>();
        List<Process> processes = new ArrayList<>();
        long before = System.currentTimeMillis() / 1000;
        for (int i = 0; i < 3; i++) {
            Path own = Files.createDirectory(folder.resolve(Integer.toString(i)));
            clones.add(new Jvmm(own, "boot", "--", "/bin/sh", "-c", script));
            processes.add(clones.get(i).start());
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < clones.size(); i++) {
            Result result = clones.get(i).result(processes.get(i));
            long after = System.currentTimeMillis() / 1000;
            assertEquals(0, result.code(), result.err());
            String[] lines = result.out().split("\n", 6);
            long date = Long.parseLong(lines[0]);
            assertTrue(before <= date && date <= after, before + " <= " + date + " <= " + after);
            assertTrue(lines[1].matches("[0-9a-f]{32}"), lines[1]);
            assertEquals("jvmm-" + lines[1].substring(0, 8), lines[2]);
            assertEquals(lines[2], lines[3]);
            // of the process that a clone starts, not of those that all clones share
            String stack = lines[5].lines().filter(line -> line.contains("[stack]")).findFirst().orElseThrow();
            String random = result.out().substring(result.out().length() - 16);
            for (String own : List.of(lines[1], lines[2], lines[4], stack.substring(0, stack.indexOf('-')), random)) {
                assertTrue(seen.add(own), own + " twice");
            }
        }
        assertEquals(3 * 5, seen.size());
    }

    @Test
    void aCloneOutlivesItsTemplate() throws Exception {
        Path cache = folder.resolve("cache");
        template.copyTo(cache, "gone");
        Jvmm clone = new Jvmm(folder, "boot", "--from", "gone", "--", "/bin/sh", "-c",
                "echo up; read line; sha256sum </bin/busybox >/dev/null; echo $line")
                .with("XDG_CACHE_HOME", cache.toString());
        Process process = clone.startOnPipe();
        clone.await(process, "out", "up\n");
        Path other = Files.createDirectory(folder.resolve("rm"));
        assertEquals(new Result(0, "", ""), new Jvmm(other, "template", "rm", "gone")
                .with("XDG_CACHE_HOME", cache.toString()).run());
        try (var left = Files.list(SharedTemplate.folder(cache))) {
            assertEquals(List.of(), left.toList());
        }
        try (OutputStream input = process.getOutputStream()) {
            input.write("still here\n".getBytes(StandardCharsets.US_ASCII));
        }
        assertEquals(new Result(0, "up\nstill here\n", ""), clone.result(process));
    }
}
