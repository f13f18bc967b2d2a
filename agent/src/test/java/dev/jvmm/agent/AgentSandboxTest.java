package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the containers of a sandbox share, and what it leaves behind: nothing. */
class AgentSandboxTest extends ContainerTestBase {
    private AgentProto.Storage storage;

    @BeforeEach
    void createSandbox() throws IOException {
        storage = AgentProto.Storage.newBuilder().setDriver("ephemeral").setSource("shm").setFstype("tmpfs")
                .addOptions("size=64k").setMountPoint(folder + "/shm-" + box.id()).build();
        kata("CreateSandbox", AgentProto.CreateSandboxRequest.newBuilder().setHostname("pod").setSandboxPidns(true)
                .addStorages(storage).build());
    }

    @AfterEach
    void destroySandbox() throws IOException {
        try (Agent last = host.connect()) {
            last.tell(Agent.KATA, "DestroySandbox", AgentProto.DestroySandboxRequest.getDefaultInstance());
            assertEquals("", NativeAgent.run(last, NativeAgent.shell("grep " + folder + " /proc/mounts")).output());
        }
    }

    private void startShared(OciProto.Spec.Builder spec) throws IOException {
        kata("CreateContainer", box.create(spec).toBuilder().setSandboxPidns(true).build());
        kata("StartContainer", box.start());
    }

    @Test
    void namesProcessesAndQueuesAreShared() throws IOException {
        startShared(box.spec("sleep 12321").clearHostname());
        Bundle first = box;
        box = another();
        startShared(box.spec("sleep 45654").clearHostname());
        assertEquals("pod\n", exec("hostname").output());
        String processes = exec("ps").output();
        assertTrue(processes.contains("sleep 12321") && processes.contains("sleep 45654"), processes);
        for (String name : List.of("ipc", "uts", "pid")) {
            String mine = exec("readlink /proc/self/ns/" + name).output();
            assertEquals(mine, exec("readlink /proc/1/ns/" + name).output());
        }
        // each has its own files
        assertEquals("2\n", exec("for i in /proc/[0-9]*; do readlink $i/ns/mnt; done | sort -u | wc -l").output());
        // the first is the one that they all end with
        kata("RemoveContainer", first.remove());
        assertEquals(128 + 9, await(box.id()));
        refused(AgentException.FAILED_PRECONDITION, Agent.KATA, "ExecProcess",
                AgentProto.ExecProcessRequest.newBuilder()
                        .setContainerId(box.id()).setExecId("late").setProcess(Bundle.shell("true")).build());
    }

    @Test
    void storagesAreMountedOnceForAll() throws IOException {
        String place = storage.getMountPoint();
        AgentProto.Storage own = storage.toBuilder().setMountPoint(place + "-own").build();
        OciProto.Spec.Builder spec = box.spec("echo word > /shm/word; sleep 100")
                .addMounts(Bundle.mount("/shm", "bind", place, "rbind"));
        kata("CreateContainer", box.create(spec).toBuilder().addStorages(storage).addStorages(own).build());
        kata("StartContainer", box.start());
        Bundle first = box;
        box = another();
        kata("CreateContainer",
                box.create(box.spec("cat /shm/word").addMounts(Bundle.mount("/shm", "bind", place, "ro")))
                        .toBuilder().addStorages(storage).addStorages(own).build());
        for (int i = 0; i < 500 && shell("cat " + place + "/word").isEmpty(); i++) {
            NativeAgent.pause();
        }
        assertEquals("1\n", shell("grep -c ' " + place + " ' /proc/mounts"));
        kata("RemoveContainer", first.remove());
        kata("StartContainer", box.start());
        assertEquals("word\n", follow(box.id()).output());
        assertEquals("1\n", shell("grep -c ' " + own.getMountPoint() + " ' /proc/mounts"));
        kata("RemoveContainer", box.remove());
        assertEquals("0\n", shell("grep -c ' " + own.getMountPoint() + " ' /proc/mounts"));
        assertEquals("1\n", shell("grep -c ' " + place + " ' /proc/mounts"));
    }

    @Test
    void itsEndIsEverybodys() throws IOException {
        startShared(box.spec("sleep 100").clearHostname());
        var waiting = agent.send(Agent.KATA, "WaitProcess",
                AgentProto.WaitProcessRequest.newBuilder().setContainerId(box.id()).setExecId(box.id()).build(),
                AgentProto.WaitProcessResponse.parser());
        kata("DestroySandbox", AgentProto.DestroySandboxRequest.getDefaultInstance());
        assertEquals(128 + 9, Answers.await(waiting).getStatus());
        refused(AgentException.NOT_FOUND, Agent.KATA, "RemoveContainer", box.remove());
    }

    @Test
    void devicesHaveTheGuestsNumbers() throws IOException {
        OciProto.Spec.Builder spec = box
                .spec("ls -l /dev/disk | tr -s ' ' | cut -d ' ' -f 1,5,6; test -c /dev/own || echo none");
        spec.setLinux(spec.getLinux().toBuilder().addDevices(
                OciProto.LinuxDevice.newBuilder().setPath("/dev/disk").setType("c").setMajor(8).setMinor(99)
                        .setFileMode(0600)));
        kata("CreateContainer",
                box.create(spec).toBuilder().addDevices(AgentProto.Device.newBuilder().setType("mmioblk")
                        .setVmPath("/dev/full").setContainerPath("/dev/disk")).build());
        kata("StartContainer", box.start());
        assertEquals("crw------- 1, 7\nnone\n", follow(box.id()).output());
        AgentProto.Device missing = AgentProto.Device.newBuilder().setType("blk").setId("02/03").build();
        assertThrows(AgentException.class,
                () -> kata("CreateContainer",
                        box.create(spec).toBuilder().setContainerId("x").addDevices(missing).build()));
    }

    @Test
    void whatIsNotDoneForASandboxIsRefused() throws IOException {
        kata("DestroySandbox", AgentProto.DestroySandboxRequest.getDefaultInstance());
        refused(AgentException.UNIMPLEMENTED, Agent.KATA, "CreateSandbox",
                AgentProto.CreateSandboxRequest.newBuilder().setGuestUserns(true).build());
    }
}
