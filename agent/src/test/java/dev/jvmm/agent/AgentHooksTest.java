package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.protocol.OciProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The guest's programs that are run at a container's turns. */
class AgentHooksTest extends ContainerTestBase {
    private OciProto.Hook hook(String script) {
        return OciProto.Hook.newBuilder().setPath("/bin/sh").addArgs("hook").addArgs("-c").addArgs(script)
                .addEnv("PATH=/bin:/usr/bin").addEnv("LOG=" + log()).build();
    }

    private Path log() {
        return folder.resolve("log-" + box.id());
    }

    @Test
    void areRunAtTheirTurns() throws IOException {
        String note = "cut -d, -f2,3 >> $LOG; echo ";
        start(box.spec("sleep 100").setHooks(OciProto.Hooks.newBuilder()
                .addPrestart(hook(note + "one >> $LOG")).addPrestart(hook(note + "two >> $LOG"))
                .addPoststart(hook(note + "three >> $LOG"))
                .addPoststop(hook("exit 1")).addPoststop(hook(note + "four >> $LOG"))));
        String id = "\"id\":\"" + box.id() + "\",\"status\":\"";
        String before = id + "created\"\none\n" + id + "created\"\ntwo\n" + id + "running\"\nthree\n";
        assertEquals(before, Files.readString(log()));
        kata("RemoveContainer", box.remove());
        assertEquals(before + id + "stopped\"\nfour\n", Files.readString(log()));
    }

    @Test
    void oneThatFailsBeforeTheStartIsItsEnd() throws IOException {
        create(box.spec("echo x > /begun")
                .setHooks(OciProto.Hooks.newBuilder().addPrestart(hook("echo because >&2; exit 3"))));
        var refusal = assertThrows(AgentException.class, () -> kata("StartContainer", box.start()));
        assertTrue(refusal.getMessage().contains("ended with 3: because"), refusal.getMessage());
        assertEquals(0, await(box.id()));
        assertFalse(Files.exists(box.root().resolve("begun")));
    }

    @Test
    void oneThatTakesTooLongIsEnded() throws IOException {
        create(box.spec("true")
                .setHooks(OciProto.Hooks.newBuilder().addPrestart(hook("sleep 100").toBuilder().setTimeout(1))));
        var refusal = assertThrows(AgentException.class, () -> kata("StartContainer", box.start()));
        assertTrue(refusal.getMessage().contains("ended with 137"), refusal.getMessage());
    }

    @Test
    void oneThatIsNotThereIsToldSo() throws IOException {
        create(box.spec("true").setHooks(OciProto.Hooks.newBuilder()
                .addPrestart(OciProto.Hook.newBuilder().setPath("/no/hook"))));
        refused(AgentException.NOT_FOUND, Agent.KATA, "StartContainer", box.start());
    }
}
