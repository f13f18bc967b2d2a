package dev.jvmm.agent;

import static dev.jvmm.agent.NativeAgent.exec;
import static dev.jvmm.agent.NativeAgent.program;
import static dev.jvmm.agent.NativeAgent.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.jvmm.agent.NativeAgent.Ended;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AgentProcessTest extends AgentTestBase {
    private static final int SIGTERM = 15;
    private static final int SIGHUP_SEEN = 7;

    @Test
    void saysWhatAProgramSaysAndHowItEnded() throws IOException {
        assertEquals(new Ended(3, "out\n", "err\n"), run(agent, NativeAgent.shell("echo out; echo err >&2; exit 3")));
    }

    @Test
    void endsOfSignalsAreToldAsAShellWould() throws IOException {
        assertEquals(128 + SIGTERM, run(agent, NativeAgent.shell("kill -TERM $$")).code());
    }

    @Test
    void carriesInputAndOutputOfAnySize() throws IOException {
        String much = "0123456789abcdef".repeat(1 << 17);
        Ended ended = run(agent, program("cat"), much);
        assertEquals(0, ended.code());
        assertEquals(much.length(), ended.output().length());
        assertEquals(much, ended.output());
    }

    @Test
    void aProgramThatReadsNothingHoldsNobodyUp() throws IOException {
        assertEquals(0, run(agent, program("true"), "x".repeat(1 << 20)).code());
    }

    @Test
    void environmentAndFolderAreAsAsked() throws IOException {
        OciProto.Process.Builder process = NativeAgent.shell("echo $WORD; pwd; echo $HOME").addEnv("WORD=a word")
                .setCwd("/usr");
        assertEquals("a word\n/usr\n/root\n", run(agent, process).output());
    }

    @Test
    void theUserIsAsAsked() throws IOException {
        OciProto.Process.Builder process = NativeAgent.shell("id -u; id -g; echo $HOME")
                .setUser(OciProto.User.newBuilder().setUsername("daemon"));
        assertEquals("1\n1\n/usr/sbin\n", run(agent, process).output());
        assertEquals("12\n34\n", run(agent, NativeAgent.shell("id -u; id -g")
                .setUser(OciProto.User.newBuilder().setUsername("12:34"))).output());
        assertEquals("5 6 6 7 8\n", run(agent, NativeAgent.shell("echo $(id -u; id -g; id -G)")
                .setUser(OciProto.User.newBuilder().setUid(5).setGid(6).addAdditionalGids(7).addAdditionalGids(8)))
                .output());
    }

    @Test
    void whatCanNotBeStartedIsToldWhy() throws IOException {
        AgentProcess missing = agent.start(exec(program("/no/such/program")));
        var refused = assertThrows(AgentException.class, missing::awaitStart);
        assertEquals(AgentException.NOT_FOUND, refused.code());
        assertTrue(refused.getMessage().contains("/no/such/program"), refused.getMessage());
        assertThrows(AgentException.class, missing::awaitEnd);
        assertEquals(AgentException.FAILED_PRECONDITION,
                assertThrows(AgentException.class, () -> run(agent, program("/etc/passwd"))).code());
        assertEquals(AgentException.NOT_FOUND,
                assertThrows(AgentException.class, () -> run(agent, program("true").setCwd("/no/such/folder"))).code());
        assertEquals(AgentException.NOT_FOUND, assertThrows(AgentException.class, () -> run(agent,
                program("true").setUser(OciProto.User.newBuilder().setUsername("nobody-by-this-name")))).code());
        assertEquals(AgentException.INVALID_ARGUMENT,
                assertThrows(AgentException.class, () -> run(agent, program())).code());
        assertEquals(AgentException.INVALID_ARGUMENT, assertThrows(AgentException.class, () -> run(agent,
                program("true").addRlimits(OciProto.POSIXRlimit.newBuilder().setType("RLIMIT_SENSE")))).code());
    }

    @Test
    void limitsAreSet() throws IOException {
        assertEquals("77\n", run(agent, NativeAgent.shell("ulimit -n").addRlimits(
                OciProto.POSIXRlimit.newBuilder().setType("RLIMIT_NOFILE").setSoft(77).setHard(99))).output());
    }

    @Test
    void capabilitiesAreAsAsked() throws IOException {
        OciProto.LinuxCapabilities rights = OciProto.LinuxCapabilities.newBuilder()
                .addBounding("CAP_KILL").addEffective("CAP_KILL").addPermitted("CAP_KILL").build();
        String status = run(agent, program("cat", "/proc/self/status").setCapabilities(rights).setNoNewPrivileges(true))
                .output();
        assertTrue(status.contains("CapBnd:\t0000000000000020"), status);
        assertTrue(status.contains("CapEff:\t0000000000000020"), status);
        assertTrue(status.contains("NoNewPrivs:\t1"), status);
    }

    @Test
    void aNameIsTakenOnce() throws IOException {
        AgentProto.ExecProcessRequest request = exec(program("cat"));
        AgentProcess first = agent.start(request);
        first.awaitStart();
        assertEquals(AgentException.ALREADY_EXISTS, assertThrows(AgentException.class,
                () -> agent.tell(Agent.KATA, "ExecProcess", request)).code());
        first.closeInput();
        assertEquals(0, first.awaitEnd());
    }

    @Test
    void signalsReachTheWholeGroup() throws IOException {
        AgentProcess process = agent
                .start(exec(NativeAgent.shell("trap 'echo caught; exit 9' TERM; echo ready; sleep 100 & wait")));
        var output = new ByteArrayOutputStream();
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                process.copyOutput(output);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        awaitText(output, "ready\n");
        process.signal(SIGTERM);
        assertEquals(9, process.awaitEnd());
        join(reader);
        assertEquals("ready\ncaught\n", output.toString(StandardCharsets.UTF_8));
        assertEquals(AgentException.INVALID_ARGUMENT,
                assertThrows(AgentException.class, () -> process.signal(1000)).code());
    }

    /** A process left behind holds its end of the pipe open; what was said until the end is all that is waited for. */
    @Test
    void aProcessLeftBehindKeepsNobodyWaiting() throws IOException {
        assertEquals(new Ended(0, "done\n", ""), run(agent, NativeAgent.shell("sleep 1000 & echo done")));
    }

    @Test
    void aTerminalIsOne() throws IOException {
        OciProto.Process.Builder process = NativeAgent.shell("tty; stty size; read line; echo got $line; stty size")
                .setTerminal(true)
                .setConsoleSize(OciProto.Box.newBuilder().setHeight(33).setWidth(99));
        AgentProcess started = agent.start(exec(process));
        var output = new ByteArrayOutputStream();
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                started.copyOutput(output);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        awaitText(output, "33 99\r\n");
        started.resize(44, 111);
        started.write(ByteString.copyFromUtf8("word\n"));
        assertEquals(0, started.awaitEnd());
        join(reader);
        String said = output.toString(StandardCharsets.UTF_8);
        assertTrue(said.startsWith("/dev/pts/"), said);
        assertTrue(said.endsWith("word\r\ngot word\r\n44 111\r\n"), said);
    }

    @Test
    void controlCInterruptsWhatRunsInATerminal() throws IOException {
        AgentProcess started = agent
                .start(exec(NativeAgent.shell("trap 'echo interrupted; exit 5' INT; echo ready; sleep 100")
                        .setTerminal(true)));
        var output = new ByteArrayOutputStream();
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                started.copyOutput(output);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        awaitText(output, "ready\r\n");
        started.write(ByteString.copyFrom(new byte[]{ 3 }));
        assertEquals(5, started.awaitEnd());
        join(reader);
        assertTrue(output.toString(StandardCharsets.UTF_8).contains("interrupted"));
    }

    @Test
    void endOfFileIsTypedIntoATerminal() throws IOException {
        AgentProcess started = agent.start(exec(program("cat").setTerminal(true)));
        started.awaitStart();
        started.closeInput();
        assertEquals(0, started.awaitEnd());
    }

    @Test
    void aProcessHearsThatItsClientIsGone() throws IOException {
        Path seen = folder.resolve("seen");
        Agent other = host.connect();
        AgentProcess process = other
                .start(exec(NativeAgent.shell("trap 'exit " + SIGHUP_SEEN + "' TERM; trap 'echo hup > " + seen
                        + "; exit' HUP; echo > " + seen + ".ready; sleep 100 & wait")));
        process.awaitStart();
        await(() -> Files.exists(Path.of(seen + ".ready")));
        other.close();
        await(() -> Files.exists(seen) && Files.size(seen) > 0);
    }

    @Test
    void aShortProgramIsRunInOneCall() throws IOException {
        AgentProcess process = agent.run(exec(NativeAgent.shell("cat; echo out; echo err >&2; exit 3")), true);
        process.awaitStart();
        assertEquals(Optional.of(3), process.ended());
        assertTrue(process.guestNanos() > 0);
        assertEquals(new Ended(3, "out\n", "err\n"), NativeAgent.finish(process, ""));
        assertEquals(AgentException.NOT_FOUND, assertThrows(AgentException.class, () -> process.signal(1)).code());
    }

    @Test
    void aRunGoesOnWhereItTakesLonger() throws IOException {
        AgentProcess process = agent.run(
                exec(NativeAgent.shell("echo first; sleep 0.5; echo second; read line; echo $line; exit 4")),
                false);
        process.awaitStart();
        assertEquals(Optional.empty(), process.ended());
        assertEquals(new Ended(4, "first\nsecond\nword\n", ""), NativeAgent.finish(process, "word\n"));
    }

    @Test
    void aRunKeepsNothingBack() throws IOException {
        String much = "0123456789abcdef".repeat(1 << 14);
        AgentProcess process = agent
                .run(exec(NativeAgent.shell("i=0; while [ $i -lt 16384 ]; do echo -n 0123456789abcdef;"
                        + " i=$((i+1)); done")), true);
        process.awaitStart();
        assertEquals(much, NativeAgent.finish(process, "").output());
        AgentProcess full = agent.run(exec(program("head", "-c", "65536", "/dev/zero")), true);
        full.awaitStart();
        assertEquals(new Ended(0, "\0".repeat(65536), ""), NativeAgent.finish(full, ""));
    }

    @Test
    void aRunThatCanNotStartSaysWhy() {
        AgentProcess missing = agent.run(exec(program("/no/such/program")), true);
        assertEquals(AgentException.NOT_FOUND, assertThrows(AgentException.class, missing::awaitStart).code());
        AgentProto.ExecProcessRequest inside = AgentProto.ExecProcessRequest.newBuilder().setContainerId("some")
                .setExecId("id").setProcess(program("true")).build();
        AgentProcess refused = agent.run(inside, true);
        assertEquals(AgentException.INVALID_ARGUMENT,
                assertThrows(AgentException.class, refused::awaitStart).code());
    }

    @Test
    void aRunInATerminalIsAnsweredAtOnce() throws IOException {
        AgentProcess process = agent.run(exec(NativeAgent.shell("read line; stty size; exit 6").setTerminal(true)),
                true);
        process.awaitStart();
        process.resize(44, 111);
        assertTrue(NativeAgent.finish(process, "x\n").output().contains("44 111\r\n"));
        assertEquals(6, process.awaitEnd());
    }

    @Test
    void aRunEndsWithItsConnection() throws IOException {
        Path seen = folder.resolve("run-seen");
        Agent other = host.connect();
        other.run(exec(NativeAgent.shell("trap 'echo hup > " + seen + "; exit' HUP; echo > " + seen
                + ".ready; sleep 100 & wait")), true);
        await(() -> Files.exists(Path.of(seen + ".ready")));
        other.close();
        await(() -> Files.exists(seen) && Files.size(seen) > 0);
    }

    @Test
    void thousandsComeAndGo() throws IOException {
        String before = run(agent, NativeAgent.shell("sleep 0.2; ls /proc/1/fd | wc -l")).output();
        for (int i = 0; i < 1500; i++) {
            assertEquals(0, run(agent, program("true")).code());
        }
        for (int i = 0; i < 1500; i++) {
            AgentProcess process = agent.run(exec(program("true")), i % 2 == 0);
            process.awaitStart();
            assertEquals(0, process.awaitEnd());
        }
        assertEquals(before, run(agent, NativeAgent.shell("sleep 0.2; ls /proc/1/fd | wc -l")).output());
        assertEquals("0\n", run(agent, NativeAgent.shell("cat /proc/[0-9]*/stat | grep -c ' Z '; true")).output());
    }

    interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException {
        for (int i = 0; i < 1000 && !condition.holds(); i++) {
            NativeAgent.pause();
        }
        assertTrue(condition.holds());
    }

    private static void awaitText(ByteArrayOutputStream output, String text) throws IOException {
        await(() -> output.toString(StandardCharsets.UTF_8).contains(text));
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
