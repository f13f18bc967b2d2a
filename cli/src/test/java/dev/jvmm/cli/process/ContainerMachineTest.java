package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.Agent;
import dev.jvmm.agent.AgentAddress;
import dev.jvmm.agent.AgentException;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.GuestProto;
import dev.jvmm.agent.protocol.OciProto;
import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Containers in the default guest: limits of its control groups, which hosts may not have, and a root that can not be left by
 * {@code pivot_root}; and a device's way out. The rest is for the agent's own tests.
 */
@RequiresKvm
@Timeout(300)
class ContainerMachineTest {
    @TempDir
    private static Path runtime;
    private static Agent agent;

    @BeforeAll
    @Timeout(600)
    static void bootOne() throws Exception {
        assertEquals(new Result(0, "box\n", ""),
                jvmm("boot", "--detach", "--name", "box", "--no-template", "--rng", "--cmdline",
                        "cgroup_enable=memory"));
        assertEquals(0, jvmm("exec", "box", "--", "sh", "-c", "for i in one two; do mkdir -p /run/$i/bin;"
                + " cp /bin/busybox /run/$i/bin; ln -s busybox /run/$i/bin/sh; done").code());
        // The command has waited for the agent.
        try (var files = Files.walk(runtime)) {
            Path socket = files.filter(file -> file.endsWith("vsock.sock")).findFirst().orElseThrow();
            agent = AgentAddress.hybrid(socket, Agent.PORT);
        }
    }

    @AfterAll
    static void endIt() throws Exception {
        if (agent != null) {
            agent.close();
        }
        jvmm("stop", "-t", "0", "box");
    }

    private static Result jvmm(String... arguments) throws Exception {
        return new Jvmm(Files.createTempDirectory(runtime, "run"), arguments)
                .with("XDG_RUNTIME_DIR", runtime.toString()).run();
    }

    private static OciProto.Spec spec(String name, String script, OciProto.LinuxResources.Builder resources) {
        OciProto.Linux.Builder linux = OciProto.Linux.newBuilder().setResources(resources);
        for (String type : List.of("pid", "mount", "ipc", "uts", "cgroup")) {
            linux.addNamespaces(OciProto.LinuxNamespace.newBuilder().setType(type));
        }
        return OciProto.Spec.newBuilder().setRoot(OciProto.Root.newBuilder().setPath("/run/" + name))
                .addMounts(OciProto.Mount.newBuilder().setDestination("/proc").setType("proc").setSource("proc"))
                .addMounts(OciProto.Mount.newBuilder().setDestination("/cg").setType("cgroup").setSource("cgroup"))
                .setProcess(OciProto.Process.newBuilder().addArgs("/bin/sh").addArgs("-c").addArgs(script)
                        .addEnv("PATH=/bin")
                        .setCwd("/"))
                .setLinux(linux).build();
    }

    private static void start(String name, OciProto.Spec spec) throws IOException {
        kata("CreateContainer",
                AgentProto.CreateContainerRequest.newBuilder().setContainerId(name).setOci(spec).build());
        kata("StartContainer", AgentProto.StartContainerRequest.newBuilder().setContainerId(name).build());
    }

    private static void kata(String method, com.google.protobuf.MessageLite request) throws IOException {
        agent.tell(Agent.KATA, method, request);
    }

    private static String output(String name) throws IOException {
        var all = new ByteArrayOutputStream();
        while (true) {
            try {
                agent.ask(Agent.KATA, "ReadStdout",
                        AgentProto.ReadStreamRequest.newBuilder().setContainerId(name).build(),
                        AgentProto.ReadStreamResponse.parser()).getData().writeTo(all);
            } catch (AgentException e) {
                return all.toString(StandardCharsets.UTF_8);
            }
        }
    }

    private static int await(String name) throws IOException {
        return agent
                .ask(Agent.KATA, "WaitProcess", AgentProto.WaitProcessRequest.newBuilder().setContainerId(name).build(),
                        AgentProto.WaitProcessResponse.parser())
                .getStatus();
    }

    private static void remove(String name) throws IOException {
        kata("RemoveContainer",
                AgentProto.RemoveContainerRequest.newBuilder().setContainerId(name).setTimeout(60).build());
    }

    @Test
    void limitsAreItsControlGroups() throws IOException {
        start("one", spec("one",
                "cd /cg; cat cpu.weight cpu.max memory.max memory.low pids.max cpuset.cpus; ls / | tr '\\n' ' ';"
                        + " cat /proc/self/cgroup; grep -c ' / ' /proc/mounts; read line",
                OciProto.LinuxResources.newBuilder()
                        .setCpu(OciProto.LinuxCPU.newBuilder().setShares(1024).setQuota(50_000).setPeriod(200_000)
                                .setCpus("0"))
                        .setMemory(OciProto.LinuxMemory.newBuilder().setLimit(16 << 20).setReservation(4 << 20))
                        .setPids(OciProto.LinuxPids.newBuilder().setLimit(11))
                        .addDevices(OciProto.LinuxDeviceCgroup.newBuilder().setType("a").setAccess("rwm"))));
        kata("UpdateContainer", AgentProto.UpdateContainerRequest.newBuilder().setContainerId("one").setResources(
                OciProto.LinuxResources.newBuilder().setPids(OciProto.LinuxPids.newBuilder().setLimit(22))).build());
        AgentProto.CgroupStats stats = agent.ask(Agent.KATA, "StatsContainer",
                AgentProto.StatsContainerRequest.newBuilder().setContainerId("one").build(),
                AgentProto.StatsContainerResponse.parser()).getCgroupStats();
        assertEquals(22, stats.getPidsStats().getLimit());
        assertEquals(16 << 20, stats.getMemoryStats().getUsage().getLimit());
        assertTrue(stats.getPidsStats().getCurrent() >= 1, stats.toString());
        assertTrue(stats.getMemoryStats().getStatsMap().containsKey("anon"), stats.toString());
        kata("CloseStdin", AgentProto.CloseStdinRequest.newBuilder().setContainerId("one").build());
        String said = output("one");
        remove("one");
        assertTrue(said.startsWith("39\n50000 200000\n16777216\n4194304\n"), said);
        assertTrue(said.endsWith("\n0\nbin cg dev proc 0::/\n1\n"), said);
    }

    @Test
    void whoTakesTooMuchMemoryIsNamed() throws IOException {
        var told = agent.send(Agent.KATA, "GetOOMEvent", AgentProto.GetOOMEventRequest.getDefaultInstance(),
                AgentProto.OOMEvent.parser());
        start("two", spec("two", "x=xxxxxxxxxxxxxxxx; while true; do x=$x$x; done", OciProto.LinuxResources.newBuilder()
                .setMemory(OciProto.LinuxMemory.newBuilder().setLimit(4 << 20))));
        assertEquals(128 + 9, await("two"));
        assertEquals("two", told.orTimeout(60, java.util.concurrent.TimeUnit.SECONDS).join().getContainerId());
        remove("two");
    }

    @Test
    void aDriverLetsItsDeviceGo() throws Exception {
        String device = shell("basename $(readlink -f /sys/bus/virtio/drivers/virtio_rng/virtio*/..)").strip();
        GuestProto.DeviceRequest request = GuestProto.DeviceRequest.newBuilder().setBus("platform").setDevice(device)
                .setDriver("virtio-mmio").build();
        agent.tell(Agent.GUEST, "UnbindDevice", request);
        assertEquals("0\n", shell("ls /sys/bus/virtio/drivers/virtio_rng | grep -c ^virtio"));
        agent.tell(Agent.GUEST, "BindDevice", request);
        assertEquals("1\n", shell("ls /sys/bus/virtio/drivers/virtio_rng | grep -c ^virtio"));
    }

    private static String shell(String script) throws Exception {
        return jvmm("exec", "box", "--", "sh", "-c", script).out();
    }
}
