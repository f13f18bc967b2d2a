package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.NativeAgent.Ended;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Containers from their beginning to their end, in the way Kata's runtime asks for them. */
class AgentContainerTest extends ContainerTestBase {
    @Test
    void runsInARootAndNamesOfItsOwn() throws IOException {
        assertEquals(new Ended(3, "bin dev etc proc\n1\nbox\n/home/boss\n0022\n", "error\n"),
                run("echo $(ls /); echo $$; hostname; echo $HOME; umask; echo error >&2; exit 3"));
        assertEquals("", shell("grep " + box.root() + " /proc/mounts"));
    }

    @Test
    void nothingOfTheAgentsIsOpenInIt() throws IOException {
        start(box.spec("sleep 100 & ls -l /proc/1/fd | wc -l; ls /proc; wait"));
        assertEquals("3\n", exec("ls -l /proc/$$/fd | wc -l").output());
        assertEquals("3\n", exec("ls -l /proc/1/fd | wc -l").output());
        assertEquals("1\n", exec("cat /proc/mounts | grep -c ' / '").output());
        assertFalse(exec("cat /proc/mounts").output().contains(folder.toString()));
    }

    @Test
    void waitsForItsStart() throws IOException {
        create(box.spec("echo begun > /begun"));
        assertFalse(Files.exists(box.root().resolve("begun")));
        refused(AgentException.FAILED_PRECONDITION, Agent.KATA, "ExecProcess",
                AgentProto.ExecProcessRequest.newBuilder()
                        .setContainerId(box.id()).setExecId("early").setProcess(Bundle.shell("true")).build());
        kata("StartContainer", box.start());
        assertEquals(0, await(box.id()));
        assertTrue(Files.exists(box.root().resolve("begun")));
        refused(AgentException.FAILED_PRECONDITION, Agent.KATA, "StartContainer", box.start());
    }

    @Test
    void isRemovedBeforeItsStart() throws IOException {
        create(box.spec("echo begun > /begun"));
        kata("RemoveContainer", box.remove());
        assertFalse(Files.exists(box.root().resolve("begun")));
        refused(AgentException.NOT_FOUND, Agent.KATA, "StartContainer", box.start());
        create(box.spec("true"));
    }

    @Test
    void execIsBesideIt() throws IOException {
        start(box.spec("sleep 100"));
        assertEquals(new Ended(5, "box\nword\n/etc\n", "error\n"),
                exec(Bundle.shell("hostname; echo $WORD; pwd; echo error >&2; exit 5").addEnv("WORD=word")
                        .setCwd("/etc")));
        assertEquals("7\n8\n8 9\n/home/guest\n", exec(Bundle.shell("id -u; id -g; id -G; echo $HOME")
                .setUser(OciProto.User.newBuilder().setUid(7).setGid(8).addAdditionalGids(9))).output());
        assertTrue(exec("ps").output().contains("sleep 100"));
        assertEquals(128 + 9, exec("kill -9 $$").code());
        refused(AgentException.NOT_FOUND, Agent.KATA, "ExecProcess", AgentProto.ExecProcessRequest.newBuilder()
                .setContainerId(box.id()).setExecId("missing")
                .setProcess(OciProto.Process.newBuilder().addArgs("/bin/missing")).build());
        refused(AgentException.NOT_FOUND, Agent.KATA, "ExecProcess", AgentProto.ExecProcessRequest.newBuilder()
                .setContainerId(box.id()).setExecId("nowhere")
                .setProcess(Bundle.shell("true").setCwd("/missing")).build());
        // the guest's own programs are not the container's
        refused(AgentException.NOT_FOUND, Agent.KATA, "ExecProcess", AgentProto.ExecProcessRequest.newBuilder()
                .setContainerId(box.id()).setExecId("outside")
                .setProcess(OciProto.Process.newBuilder().addArgs("ls").addEnv("PATH=/usr/bin")).build());
    }

    /** A folder that is open is a way out, if a process may begin there. */
    @Test
    void noFolderThatIsOpenLeadsOut() throws IOException {
        start(box.spec("sleep 100"));
        for (int i = 3; i < 30; i++) {
            var request = AgentProto.ExecProcessRequest.newBuilder().setContainerId(box.id()).setExecId("fd" + i)
                    .setProcess(Bundle.shell("true").setCwd("/proc/self/fd/" + i)).build();
            assertThrows(AgentException.class, () -> kata("ExecProcess", request));
        }
    }

    @Test
    void signalsGoToOneOrAll() throws IOException {
        start(box.spec("trap 'exit 9' TERM; sleep 100 & wait; wait"));
        kata("ExecProcess", AgentProto.ExecProcessRequest.newBuilder().setContainerId(box.id()).setExecId("one")
                .setProcess(OciProto.Process.newBuilder().addArgs("/bin/busybox").addArgs("sleep").addArgs("100"))
                .build());
        kata("SignalProcess", box.signal(15).toBuilder().setExecId("one").build());
        assertEquals(128 + 15, await("one"));
        kata("SignalProcess", box.signal(9));
        assertEquals(128 + 9, await(box.id()));
        refused(AgentException.NOT_FOUND, Agent.KATA, "SignalProcess",
                box.signal(9).toBuilder().setContainerId("none").build());
    }

    /** The kernel drops what the first process has no handler for; a runtime means the end by it. */
    @Test
    void theFirstProcessEndsOfATermination() throws IOException {
        start(box.spec("sleep 100 & wait"));
        kata("SignalProcess", box.signal(15));
        assertEquals(128 + 9, await(box.id()));
    }

    @Test
    void removalEndsEverybody() throws IOException {
        start(box.spec("sleep 12345 & sleep 12345 & wait"));
        kata("RemoveContainer", box.remove());
        assertEquals("0\n", shell("ps ax | grep -c '[s]leep 12345'"));
        refused(AgentException.NOT_FOUND, Agent.KATA, "RemoveContainer", box.remove());
    }

    @Test
    void theEndOfOneIsNotAnothers() throws IOException {
        start(box.spec("sleep 100"));
        Bundle first = box;
        box = another();
        start(box.spec("sleep 100"));
        kata("SignalProcess", first.signal(9));
        kata("RemoveContainer", first.remove());
        assertEquals("alive\n", exec("echo alive").output());
    }

    @Test
    void whatCanNotBeMadeIsToldWhy() throws IOException {
        var missing = assertThrows(AgentException.class, () -> create(box.spec("true")
                .setRoot(OciProto.Root.newBuilder().setPath("/no/such/root"))));
        assertTrue(missing.getMessage().contains("/no/such/root"), missing.getMessage());
        var mount = assertThrows(AgentException.class,
                () -> create(box.spec("true").addMounts(Bundle.mount("/data", "nofs", "none"))));
        assertTrue(mount.getMessage().contains("/data"), mount.getMessage());
        create(box.spec("true").setProcess(OciProto.Process.newBuilder().addArgs("/no/program")));
        var program = assertThrows(AgentException.class, () -> kata("StartContainer", box.start()));
        assertEquals(AgentException.NOT_FOUND, program.code());
        assertTrue(program.getMessage().contains("/no/program"), program.getMessage());
    }

    @Test
    void aTerminalIsItsConsole() throws IOException {
        OciProto.Spec.Builder spec = box
                .spec("stty size; ls -l /dev/console | cut -c1; test -t 0 && echo terminal; tty");
        spec.setProcess(spec.getProcess().toBuilder().setTerminal(true)
                .setConsoleSize(OciProto.Box.newBuilder().setHeight(33).setWidth(99)));
        start(spec);
        String output = follow(box.id()).output();
        assertTrue(output.startsWith("33 99\r\nc\r\nterminal\r\n"), output);
    }

    @Test
    void oneIdIsOneContainer() throws IOException {
        create(box.spec("true"));
        refused(AgentException.ALREADY_EXISTS, Agent.KATA, "CreateContainer", box.create(box.spec("true")));
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CreateContainer",
                box.create(box.spec("true")).toBuilder().setContainerId("a/b").build());
    }

    @Test
    void manyComeAndGo() throws IOException {
        run("echo here");
        String before = shell("sleep 0.2; ls /proc/1/fd | wc -l");
        for (int i = 0; i < 60; i++) {
            assertEquals(new Ended(0, "here\n", ""), run("echo here"));
        }
        assertEquals(before, shell("sleep 0.2; ls /proc/1/fd | wc -l"));
        assertEquals("0\n", shell("cat /proc/[0-9]*/stat | grep -c ' Z '; true"));
    }
}
