package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What runs by control groups, as far as this host has them; the rest is for a guest (cli's ContainerMachineTest). */
class AgentCgroupTest extends ContainerTestBase {
    @Test
    void aPauseStopsTheTime() throws IOException {
        start(box.spec("while true; do echo x >> /count; sleep 0.01; done"));
        Path count = box.root().resolve("count");
        for (int i = 0; i < 500 && !Files.exists(count); i++) {
            NativeAgent.pause();
        }
        AgentProto.PauseContainerRequest pause = AgentProto.PauseContainerRequest.newBuilder().setContainerId(box.id())
                .build();
        AgentProto.ResumeContainerRequest resume = AgentProto.ResumeContainerRequest.newBuilder()
                .setContainerId(box.id())
                .build();
        refused(AgentException.FAILED_PRECONDITION, Agent.KATA, "ResumeContainer", resume);
        kata("PauseContainer", pause);
        long then = Files.size(count);
        for (int i = 0; i < 20; i++) {
            NativeAgent.pause();
        }
        assertEquals(then, Files.size(count));
        refused(AgentException.FAILED_PRECONDITION, Agent.KATA, "PauseContainer", pause);
        refused(AgentException.FAILED_PRECONDITION, Agent.KATA, "ExecProcess",
                AgentProto.ExecProcessRequest.newBuilder()
                        .setContainerId(box.id()).setExecId("paused").setProcess(Bundle.shell("true")).build());
        kata("ResumeContainer", resume);
        for (int i = 0; i < 500 && Files.size(count) == then; i++) {
            NativeAgent.pause();
        }
        assertTrue(Files.size(count) > then);
        kata("PauseContainer", pause);
        kata("RemoveContainer", box.remove());
    }

    @Test
    void itsUseIsCounted() throws IOException {
        start(box.spec("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 100"));
        AgentProto.StatsContainerRequest request = AgentProto.StatsContainerRequest.newBuilder()
                .setContainerId(box.id())
                .build();
        AgentProto.StatsContainerResponse stats = AgentProto.StatsContainerResponse.getDefaultInstance();
        for (int i = 0; i < 500 && stats.getCgroupStats().getCpuStats().getCpuUsage().getUsageInUsermode() == 0; i++) {
            NativeAgent.pause();
            stats = agent.ask(Agent.KATA, "StatsContainer", request, AgentProto.StatsContainerResponse.parser());
        }
        AgentProto.CpuUsage usage = stats.getCgroupStats().getCpuStats().getCpuUsage();
        assertTrue(usage.getTotalUsage() >= usage.getUsageInUsermode() && usage.getUsageInUsermode() > 0,
                stats.toString());
        assertEquals("lo", stats.getNetworkStats(0).getName());
        refused(AgentException.NOT_FOUND, Agent.KATA, "StatsContainer",
                request.toBuilder().setContainerId("none").build());
    }

    @Test
    void rulesForDevicesHold() throws IOException {
        OciProto.Spec.Builder spec = box.spec("mknod /dev/seven c 1 7; cat /dev/zero | head -c 1 | wc -c; "
                + "mknod /dev/mem c 1 1 && cat /dev/mem; mknod /dev/kmsg c 1 11 && head -c 1 /dev/kmsg | wc -c");
        spec.setLinux(spec.getLinux().toBuilder().setResources(OciProto.LinuxResources.newBuilder()
                .addDevices(OciProto.LinuxDeviceCgroup.newBuilder().setAllow(false).setType("a").setAccess("rwm"))
                .addDevices(OciProto.LinuxDeviceCgroup.newBuilder().setAllow(true).setType("c").setMajor(1).setMinor(1)
                        .setAccess("m"))));
        NativeAgent.Ended ended = run(spec);
        assertEquals("1\n", ended.output());
        assertTrue(ended.errors().contains("can't open '/dev/mem': Operation not permitted"), ended.errors());
        assertTrue(ended.errors().contains("mknod: /dev/kmsg: Operation not permitted"), ended.errors());
    }

    @Test
    void limitsWithoutAControllerAreRefused() throws IOException {
        if (shell("cat /sys/fs/cgroup/cgroup.controllers /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null")
                .contains("pids")) {
            return;
        }
        OciProto.Spec.Builder spec = box.spec("true");
        refusedAs(AgentException.FAILED_PRECONDITION, spec.setLinux(spec.getLinux().toBuilder().setResources(
                OciProto.LinuxResources.newBuilder().setPids(OciProto.LinuxPids.newBuilder().setLimit(10)))));
        start(box.spec("sleep 100"));
        var refusal = assertThrows(AgentException.class,
                () -> kata("UpdateContainer", AgentProto.UpdateContainerRequest.newBuilder()
                        .setContainerId(box.id()).setResources(OciProto.LinuxResources.newBuilder()
                                .setMemory(OciProto.LinuxMemory.newBuilder().setLimit(1 << 20)))
                        .build()));
        assertTrue(refusal.getMessage().contains("memory.max"), refusal.getMessage());
    }

    @Test
    void limitsOfVersionOneAreRefused() {
        refusedAs(AgentException.UNIMPLEMENTED, limited(OciProto.LinuxResources.newBuilder()
                .setMemory(OciProto.LinuxMemory.newBuilder().setSwappiness(5))));
        refusedAs(AgentException.UNIMPLEMENTED, limited(OciProto.LinuxResources.newBuilder()
                .setCpu(OciProto.LinuxCPU.newBuilder().setRealtimePeriod(5))));
        refusedAs(AgentException.UNIMPLEMENTED, limited(OciProto.LinuxResources.newBuilder()
                .setNetwork(OciProto.LinuxNetwork.newBuilder().setClassId(5))));
        refusedAs(AgentException.INVALID_ARGUMENT, limited(OciProto.LinuxResources.newBuilder()
                .setMemory(OciProto.LinuxMemory.newBuilder().setLimit(10 << 20).setSwap(5 << 20))));
    }

    private OciProto.Spec.Builder limited(OciProto.LinuxResources.Builder resources) {
        OciProto.Spec.Builder spec = box.spec("true");
        return spec.setLinux(spec.getLinux().toBuilder().setResources(resources));
    }

    @Test
    void thePlaceIsTheOneThatIsAsked() throws IOException {
        OciProto.Spec.Builder spec = box.spec("sleep 100");
        String place = "jvmm-test/" + box.id();
        start(spec.setLinux(spec.getLinux().toBuilder().setCgroupsPath("/" + place)));
        assertTrue(shell("cat /proc/*/cgroup").contains("0::/" + place + "\n"));
        kata("RemoveContainer", box.remove());
        assertFalse(shell("cat /proc/*/cgroup").contains(place));
        OciProto.Spec.Builder wrong = box.spec("true");
        refusedAs(AgentException.INVALID_ARGUMENT,
                wrong.setLinux(wrong.getLinux().toBuilder().setCgroupsPath("/../up")));
    }

    /** Nobody runs out of memory here: a call that waits for it does not outlive its client, and holds nobody up. */
    @Test
    void whoWaitsForAnEndOfMemoryHoldsNobodyUp() throws IOException {
        try (Agent waiting = host.connect()) {
            var answer = waiting.send(Agent.KATA, "GetOOMEvent", AgentProto.GetOOMEventRequest.getDefaultInstance(),
                    AgentProto.OOMEvent.parser());
            waiting.facts();
            assertFalse(answer.isDone());
        }
        assertEquals("here\n", run("echo here").output());
    }
}
