package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.CsiProto;
import dev.jvmm.agent.protocol.GuestProto;
import dev.jvmm.agent.protocol.HealthProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The calls about the guest as a whole. */
class AgentSystemTest extends AgentTestBase {
    @Test
    void itIsThereAndSaysWhichItIs() throws IOException {
        HealthProto.CheckRequest request = HealthProto.CheckRequest.getDefaultInstance();
        assertEquals(HealthProto.HealthCheckResponse.ServingStatus.SERVING,
                agent.ask(Agent.HEALTH, "Check", request, HealthProto.HealthCheckResponse.parser()).getStatus());
        HealthProto.VersionCheckResponse version = agent.ask(Agent.HEALTH, "Version", request,
                HealthProto.VersionCheckResponse.parser());
        assertEquals("0.1.0", version.getAgentVersion());
        assertEquals("0.0.1", version.getGrpcVersion());
    }

    @Test
    void factsAreTheGuests() throws IOException {
        GuestProto.FactsResponse facts = agent.facts();
        assertEquals(shell("uname -r").strip(), facts.getKernelRelease());
        assertEquals(shell("hostname").strip(), facts.getHostname());
        assertEquals("x86_64", facts.getMachine());
        assertEquals(Integer.parseInt(shell("nproc --all").strip()), facts.getCpusPresent());
        assertTrue(facts.getMemoryAvailable() > 0 && facts.getMemoryAvailable() < facts.getMemoryTotal());
        long clock = facts.getClockNanos() / 1_000_000;
        assertTrue(Math.abs(clock - System.currentTimeMillis()) < 60_000, facts.toString());
        assertTrue(facts.getAgentIsInit());
    }

    @Test
    void detailsAndMetrics() throws IOException {
        AgentProto.GuestDetailsResponse details = agent.ask(Agent.KATA, "GetGuestDetails",
                AgentProto.GuestDetailsRequest.newBuilder().setMemBlockSize(true).setMemHotplugProbe(true).build(),
                AgentProto.GuestDetailsResponse.parser());
        assertEquals("0.1.0", details.getAgentDetails().getVersion());
        assertTrue(details.getAgentDetails().getInitDaemon());
        assertTrue(details.getAgentDetails().getSupportsSeccomp());
        assertTrue(details.getAgentDetails().getStorageHandlersList().contains("9p"));
        String metrics = agent.ask(Agent.KATA, "GetMetrics", AgentProto.GetMetricsRequest.getDefaultInstance(),
                AgentProto.Metrics.parser()).getMetrics();
        assertTrue(metrics.contains("kata_guest_meminfo{item=\"mem_total\"} " + agent.facts().getMemoryTotal()),
                metrics);
    }

    @Test
    void theIdentityIsTheClientsToGive() throws IOException {
        guest("Identity", GuestProto.IdentityRequest.newBuilder().setHostname("a-name.of-its-own").build());
        assertEquals("a-name.of-its-own\n", shell("hostname"));
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "Identity",
                GuestProto.IdentityRequest.newBuilder().setHostname("no spaces").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "Identity",
                GuestProto.IdentityRequest.newBuilder().setMachineId(ByteString.copyFromUtf8("short")).build());
        shell("mount --bind " + folder + " /etc");
        try {
            guest("Identity", GuestProto.IdentityRequest.newBuilder()
                    .setMachineId(
                            ByteString.copyFrom(new byte[]{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -1 }))
                    .build());
            assertEquals("0102030405060708090a0b0c0d0e0fff\n", shell("cat /etc/machine-id"));
        } finally {
            shell("umount /etc");
        }
    }

    @Test
    void randomBytesAreTaken() throws IOException {
        kata("ReseedRandomDev",
                AgentProto.ReseedRandomDevRequest.newBuilder().setData(ByteString.copyFrom(new byte[64])).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "ReseedRandomDev",
                AgentProto.ReseedRandomDevRequest.getDefaultInstance());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "ReseedRandomDev",
                AgentProto.ReseedRandomDevRequest.newBuilder().setData(ByteString.copyFrom(new byte[5000])).build());
    }

    /** This agent may not set the clock, which is the host's here: that it tries shows by its refusal. */
    @Test
    void theClockIsSetWhereThatIsAllowed() {
        refused(AgentException.INTERNAL, Agent.KATA, "SetGuestDateTime",
                AgentProto.SetGuestDateTimeRequest.newBuilder().setSec(Instant.now().getEpochSecond()).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "SetGuestDateTime",
                AgentProto.SetGuestDateTimeRequest.newBuilder().setUsec(1_000_000).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "SetGuestDateTime",
                AgentProto.SetGuestDateTimeRequest.newBuilder().setSec(-1).build());
    }

    @Test
    void processorsThatDoNotComeAreMissed() throws IOException {
        kata("OnlineCPUMem", AgentProto.OnlineCPUMemRequest.newBuilder().setWait(true).setCpuOnly(true).build());
        kata("OnlineCPUMem", AgentProto.OnlineCPUMemRequest.newBuilder().setNbCpus(1000).setCpuOnly(true).build());
        var later = agent.send(Agent.KATA, "OnlineCPUMem",
                AgentProto.OnlineCPUMemRequest.newBuilder().setWait(true).setNbCpus(1000).setCpuOnly(true).build());
        // nobody else waits for it
        agent.facts();
        var refusal = assertThrows(AgentException.class, () -> Answers.await(later));
        assertEquals(AgentException.DEADLINE_EXCEEDED, refusal.code());
    }

    @Test
    void devicesAndProbesThatAreNotThereAreToldSo() {
        GuestProto.DeviceRequest none = GuestProto.DeviceRequest.newBuilder()
                .setBus("platform").setDevice("virtio-mmio.99").setDriver("virtio-mmio").build();
        refused(AgentException.NOT_FOUND, Agent.GUEST, "UnbindDevice", none);
        refused(AgentException.NOT_FOUND, Agent.GUEST, "BindDevice", none.toBuilder().setBus("nobus").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "UnbindDevice",
                none.toBuilder().setDevice("../x").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "BindDevice", none.toBuilder().setDriver("").build());
        refused(AgentException.NOT_FOUND, Agent.KATA, "MemHotplugByProbe",
                AgentProto.MemHotplugByProbeRequest.newBuilder().addMemHotplugProbeAddr(1L << 40).build());
    }

    @Test
    void storagesAreMounted() throws IOException {
        String place = folder + "/mounted/here";
        AgentProto.Storage storage = AgentProto.Storage.newBuilder().setDriver("ephemeral").setSource("tmpfs")
                .setFstype("tmpfs")
                .addAllOptions(List.of("nosuid", "size=1m", "mode=755")).setMountPoint(place).build();
        guest("Mount", GuestProto.MountRequest.newBuilder().addStorages(storage).build());
        assertTrue(shell("grep " + place + " /proc/mounts").contains("tmpfs rw,nosuid,relatime,size=1024k"));
        CsiProto.VolumeStatsResponse stats = agent.ask(Agent.KATA, "GetVolumeStats",
                AgentProto.VolumeStatsRequest.newBuilder().setVolumeGuestPath(place).build(),
                CsiProto.VolumeStatsResponse.parser());
        assertEquals(1 << 20, stats.getUsage(0).getTotal());
        kata("UpdateEphemeralMounts", AgentProto.UpdateEphemeralMountsRequest.newBuilder()
                .addStorages(storage.toBuilder().clearOptions().addOptions("size=2m")).build());
        assertTrue(shell("grep " + place + " /proc/mounts").contains("size=2048k"));
        shell("echo hello > " + place + "/file");
        guest("Mount",
                GuestProto.MountRequest.newBuilder().addStorages(AgentProto.Storage.newBuilder().setDriver("bind")
                        .setSource(place + "/file").addOptions("ro").setMountPoint(folder + "/bound")).build());
        assertEquals("hello\n", shell("cat " + folder + "/bound; echo no 2>/dev/null > " + folder + "/bound"));
        guest("Unmount", GuestProto.UnmountRequest.newBuilder().setPath(folder + "/bound").build());
        guest("Unmount", GuestProto.UnmountRequest.newBuilder().setPath(place).setLazily(true).build());
        assertEquals("", shell("grep " + folder + "/ /proc/mounts"));
        refused(AgentException.UNIMPLEMENTED, Agent.GUEST, "Mount", GuestProto.MountRequest.newBuilder()
                .addStorages(storage.toBuilder().setDriver("drawer")).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "Mount", GuestProto.MountRequest.newBuilder()
                .addStorages(storage.toBuilder().setMountPoint("relative")).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "Unmount",
                GuestProto.UnmountRequest.newBuilder().setPath(place).build());
    }

    @Test
    void aSandboxIsOne() throws IOException {
        String place = folder + "/sandbox";
        AgentProto.CreateSandboxRequest request = AgentProto.CreateSandboxRequest.newBuilder().setHostname("sandbox")
                .addStorages(AgentProto.Storage.newBuilder().setDriver("local").setMountPoint(place)).build();
        kata("CreateSandbox", request);
        assertEquals("sandbox\n", shell("hostname"));
        assertEquals("directory\n", shell("stat -c %F " + place));
        refused(AgentException.ALREADY_EXISTS, Agent.KATA, "CreateSandbox", request);
        kata("DestroySandbox", AgentProto.DestroySandboxRequest.getDefaultInstance());
        kata("CreateSandbox", request);
        kata("DestroySandbox", AgentProto.DestroySandboxRequest.getDefaultInstance());
        kata("RemoveStaleVirtiofsShareMounts", AgentProto.RemoveStaleVirtiofsShareMountsRequest.getDefaultInstance());
    }

    @Test
    void whatItDoesNotDoItSays() {
        refused(AgentException.UNIMPLEMENTED, Agent.KATA, "SetPolicy",
                AgentProto.SetPolicyRequest.getDefaultInstance());
        refused(AgentException.UNIMPLEMENTED, Agent.KATA, "Dance", AgentProto.SetPolicyRequest.getDefaultInstance());
        refused(AgentException.UNIMPLEMENTED, "grpc.Nobody", "Check", AgentProto.SetPolicyRequest.getDefaultInstance());
    }

    /** No file system here is this test's to resize, no disk one to swap to: what leads there is refused for its own reason. */
    @Test
    void volumesAndSwapAreLookedAtFirst() {
        AgentProto.ResizeVolumeRequest.Builder resize = AgentProto.ResizeVolumeRequest.newBuilder().setSize(1 << 20);
        refused(AgentException.UNIMPLEMENTED, Agent.KATA, "ResizeVolume", resize.setVolumeGuestPath("/proc").build());
        refused(AgentException.NOT_FOUND, Agent.KATA, "ResizeVolume", resize.setVolumeGuestPath("/none").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "AddSwap",
                AgentProto.AddSwapRequest.getDefaultInstance());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "AddSwap",
                AgentProto.AddSwapRequest.newBuilder().addPciPath(32).build());
        refused(AgentException.NOT_FOUND, Agent.KATA, "AddSwap",
                AgentProto.AddSwapRequest.newBuilder().addPciPath(31).addPciPath(31).build());
    }

    @Test
    void packetFiltersGoThroughTheGuestsPrograms() throws IOException {
        Path programs = Files.createDirectories(folder.resolve("programs"));
        script(programs.resolve("iptables-save"), "echo '*filter'");
        script(programs.resolve("ip6tables-restore"), "cat; echo done");
        script(programs.resolve("iptables-restore"), "echo 'line 3 failed' >&2; exit 4");
        shell("mount --bind " + programs + " /usr/sbin");
        try {
            assertEquals("*filter\n",
                    agent.ask(Agent.KATA, "GetIPTables", AgentProto.GetIPTablesRequest.getDefaultInstance(),
                            AgentProto.GetIPTablesResponse.parser()).getData().toStringUtf8());
            String rules = "*filter\n".repeat(20_000);
            AgentProto.SetIPTablesRequest request = AgentProto.SetIPTablesRequest.newBuilder()
                    .setData(ByteString.copyFromUtf8(rules)).build();
            assertEquals(rules + "done\n",
                    agent.ask(Agent.KATA, "SetIPTables", request.toBuilder().setIsIpv6(true).build(),
                            AgentProto.SetIPTablesResponse.parser()).getData().toStringUtf8());
            var refusal = assertThrows(AgentException.class, () -> kata("SetIPTables", request));
            assertTrue(refusal.getMessage().contains("iptables-restore ended with 4: line 3 failed"),
                    refusal.getMessage());
            refused(AgentException.UNIMPLEMENTED, Agent.KATA, "GetIPTables",
                    AgentProto.GetIPTablesRequest.newBuilder().setIsIpv6(true).build());
        } finally {
            shell("umount /usr/sbin");
        }
    }

    private static void script(Path file, String lines) throws IOException {
        Files.writeString(file, "#!/bin/sh\nPATH=/bin:/usr/bin\n" + lines + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    @Test
    void whatIsWrittenIsSynchronized() throws IOException {
        agent.sync();
    }
}
