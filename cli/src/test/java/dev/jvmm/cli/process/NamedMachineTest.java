package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A machine that goes on without a terminal, and what other commands do with it. */
@RequiresKvm
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NamedMachineTest {
    private static final int KILLED = 128;

    @TempDir
    private static Path runtime;
    @TempDir
    private Path folder;

    @BeforeAll
    @Timeout(600)
    static void bootOne() throws Exception {
        SharedTemplate.make();
        Path streams = Files.createDirectory(runtime.resolve("boot"));
        Result started = new Jvmm(streams, "boot", "--detach", "--name", "one")
                .with("XDG_RUNTIME_DIR", runtime.toString()).run();
        assertEquals(new Result(0, "one\n", ""), started);
    }

    @AfterAll
    static void endIt() throws Exception {
        Path streams = Files.createDirectory(runtime.resolve("end"));
        new Jvmm(streams, "stop", "-t", "0", "one").with("XDG_RUNTIME_DIR", runtime.toString()).run();
    }

    private Jvmm jvmm(String... arguments) {
        return new Jvmm(folder, arguments).with("XDG_RUNTIME_DIR", runtime.toString());
    }

    private Result exec(String... words) throws Exception {
        String[] all = new String[words.length + 1];
        all[0] = "exec";
        System.arraycopy(words, 0, all, 1, words.length);
        return jvmm(all).run();
    }

    @Test
    @Order(1)
    void itIsListed() throws Exception {
        Result listed = jvmm("ps").run();
        assertTrue(listed.out().matches("(?s)NAME .*\none +\\d+ +\\S+ +1 +128 MiB\n"), listed.out());
        assertEquals("one\n", jvmm("ps", "-q").run().out());
    }

    @Test
    @Order(1)
    void aNameIsTakenOnce() throws Exception {
        Result again = jvmm("boot", "--detach", "--name", "one").run();
        assertEquals(2, again.code());
        assertTrue(again.err().contains("runs already"), again.err());
        assertEquals(2, jvmm("boot", "--name", "no/name").run().code());
    }

    @Test
    @Order(1)
    void programsRunInIt() throws Exception {
        Result result = exec("one", "--", "cat", "/proc/version");
        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("Linux version 6."), result.out());
        result = exec("-w", "/tmp", "-e", "WORD=a b", "one", "sh", "-c", "pwd; echo $WORD; echo bad >&2; exit 6");
        assertEquals(6, result.code(), result.err());
        assertEquals("/tmp\na b\n", result.out());
        assertTrue(result.err().endsWith("bad\n"), result.err());
        assertEquals("1 2 3\n", jvmm("exec", "--interactive", "one", "xargs", "echo").run("1\n2\n3\n").out());
        assertEquals(0, exec("one", "/bin/true").code());
        assertEquals(KILLED + 9, exec("one", "sh", "-c", "kill -9 $$").code());
        assertEquals(127, exec("one", "no-such-program").code());
        assertEquals(126, exec("one", "/etc/passwd").code());
        assertEquals(2, exec("nobody", "true").code());
        assertEquals(2, exec("one").code());
    }

    @Test
    @Order(1)
    void signalsPassThrough() throws Exception {
        Jvmm exec = jvmm("exec", "one", "sh", "-c",
                "trap 'echo caught; exit 8' TERM; echo ready; while :; do sleep 0.1; done");
        Process process = exec.start();
        exec.await(process, "out", "ready");
        Jvmm.signal(process, "TERM");
        Result result = exec.result(process);
        assertEquals(8, result.code(), result.err());
        assertEquals("ready\ncaught\n", result.out());
    }

    @Test
    @Order(1)
    void aTerminalPassesThrough() throws Exception {
        Result result = jvmm("exec", "-it", "one", "sh", "-c", "tty; stty size; exit 3")
                .under("export JVMM=\"$(printf \"'%s' \" \"$@\")\"; script -qec 'stty rows 33 cols 99; eval \"$JVMM\"' /dev/null")
                .run();
        assertEquals(3, result.code(), result.out() + result.err());
        // script(1) types what stands for the end of its own input, which the guest's terminal may echo.
        String shown = result.out().replace("^@", "").replace("^D", "").replace("\b", "");
        assertTrue(shown.contains("/dev/pts/0\r\n33 99\r\n"), result.out() + result.err());
    }

    /** Under script(1), whose terminal's name is in a file then. */
    private Jvmm inATerminal(String... words) {
        return jvmm(words).with("TTY_FILE", folder.resolve("tty").toString())
                .under("export JVMM=\"$(printf \"'%s' \" \"$@\")\"; exec script -qec 'tty >$TTY_FILE; eval \"$JVMM\"' /dev/null");
    }

    @Test
    @Order(1)
    void aTerminalIsResized() throws Exception {
        Jvmm exec = inATerminal("exec", "-it", "one", "sh", "-c",
                "trap \"stty size; exit 7\" WINCH; echo ready; while :; do sleep 1; done");
        Process process = exec.startOnPipe();
        exec.await(process, "out", "ready");
        String terminal = Files.readString(folder.resolve("tty")).strip();
        Process stty = new ProcessBuilder("stty", "-F", terminal, "rows", "44", "cols", "111").redirectErrorStream(true)
                .start();
        assertEquals("", new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, stty.waitFor());
        Result result = exec.result(process);
        assertEquals(7, result.code(), result.out() + result.err());
        assertTrue(result.out().contains("44 111\r\n"), result.out());
    }

    @Test
    @Order(1)
    void controlCInterruptsWhatRunsThere() throws Exception {
        Jvmm exec = inATerminal("exec", "-it", "one", "sh", "-c", "echo ready; exec sleep 1000");
        Process process = exec.startOnPipe();
        exec.await(process, "out", "ready");
        process.getOutputStream().write(3);
        process.getOutputStream().flush();
        assertEquals(KILLED + 2, exec.result(process).code());
    }

    @Test
    @Order(1)
    void itsTimesAreTold() throws Exception {
        Result result = exec("--timing", "one", "true");
        assertEquals(0, result.code());
        assertTrue(result.err().matches("\\{\"process_start\":0,\"exec\":.*,\"guest_run\":[0-9.]+,\"unit\":\"ms\"}\n"),
                result.err());
    }

    @Test
    @Order(1)
    void filesGoInAndOut() throws Exception {
        Path tree = Files.createDirectories(folder.resolve("tree/below"));
        byte[] bytes = new byte[300_000];
        new Random(3).nextBytes(bytes);
        Files.write(tree.resolve("file"), bytes);
        Files.createSymbolicLink(folder.resolve("tree/link"), Path.of("below/file"));
        Result in = jvmm("cp", folder.resolve("tree").toString(), "one:/tmp").run();
        assertEquals(0, in.code(), in.err());
        assertEquals("300000\n", exec("one", "sh", "-c", "wc -c < /tmp/tree/link").out());
        Result out = jvmm("cp", "one:/tmp/tree", folder.resolve("back").toString()).run();
        assertEquals(0, out.code(), out.err());
        assertArrayEquals(bytes, Files.readAllBytes(folder.resolve("back/below/file")));
        assertEquals(Path.of("below/file"), Files.readSymbolicLink(folder.resolve("back/link")));
        assertEquals(2, jvmm("cp", "a", "b").run().code());
        assertEquals(1, jvmm("cp", "one:/no/such/file", folder.resolve("x").toString()).run().code());
    }

    @Test
    @Order(1)
    void itsStateIsShown() throws Exception {
        Result shown = jvmm("inspect", "one").run();
        assertEquals(0, shown.code(), shown.err());
        assertTrue(shown.out().contains("\"name\" : \"one\"") && shown.out().contains("\"agent\" : \"0.1.0\""),
                shown.out());
        assertFalse(jvmm("inspect", "--no-guest", "one").run().out().contains("guest"));
    }

    @Test
    @Order(1)
    void itsConsoleIsAShell() throws Exception {
        Jvmm console = jvmm("console", "one");
        Process process = console.startOnPipe();
        process.getOutputStream().write("echo $((6 * 7)) is it\n".getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
        console.await(process, "out", "42 is it");
        process.destroy();
        process.waitFor();
        assertTrue(jvmm("logs", "one").run().out().contains("42 is it"));
    }

    @Test
    @Order(2)
    void whatAKilledOneLeavesIsCleanedUp() throws Exception {
        Result started = jvmm("boot", "--detach", "--name", "two").run();
        assertEquals("two\n", started.out(), started.err());
        Result inspected = jvmm("inspect", "--no-guest", "two").run();
        String pid = inspected.out().replaceAll("(?s).*\"pid\" : (\\d+).*", "$1");
        ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        process.destroyForcibly();
        process.onExit().get();
        assertTrue(Files.exists(runtime.resolve("jvmm/machines/two")));
        assertFalse(jvmm("ps").run().out().contains("two"));
        assertFalse(Files.exists(runtime.resolve("jvmm/machines/two")));
    }

    @Test
    @Order(3)
    void aGuestIsAskedToStop() throws Exception {
        Result stopped = jvmm("stop", "--timeout", "100", "one").run();
        assertEquals(0, stopped.code(), stopped.err());
        assertFalse(stopped.err().contains("ended"), stopped.err());
        assertFalse(Files.exists(runtime.resolve("jvmm/machines/one")));
        assertEquals(2, jvmm("stop", "one").run().code());
    }

    @Test
    @Order(4)
    void aDetachedBootThatFailsSaysWhy() throws Exception {
        Result failed = jvmm("boot", "--detach", "--name", "three", "--kernel", "/etc/passwd").run();
        assertEquals(1, failed.code());
        assertTrue(failed.err().contains("/etc/passwd"), failed.err());
        assertFalse(Files.exists(runtime.resolve("jvmm/machines/three")));
    }
}
