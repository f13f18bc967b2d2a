package dev.jvmm.lab;

import dev.jvmm.agent.Agent;
import dev.jvmm.agent.AgentAddress;
import dev.jvmm.agent.AgentException;
import dev.jvmm.agent.AgentProcess;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.GuestProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Calls to a guest's agent that no command makes; results as {@link Finished#results} reads them. */
final class AgentCalls {
    private static int programs;

    private AgentCalls() {}

    /** @param arguments the Unix socket of the guest's vsock device */
    public static void main(String[] arguments) throws IOException {
        try (Agent agent = AgentAddress.hybrid(Path.of(arguments[0]), Agent.PORT)) {
            agent.tell(Agent.KATA, "OnlineCPUMem", AgentProto.OnlineCPUMemRequest.newBuilder().setWait(true).build());
            agent.tell(Agent.KATA, "OnlineCPUMem",
                    AgentProto.OnlineCPUMemRequest.newBuilder().setWait(true).setNbCpus(1).setCpuOnly(true).build());
        } catch (AgentException e) {
            System.out.println("RESULT online " + e.code());
        }
        try (Agent agent = AgentAddress.hybrid(Path.of(arguments[0]), Agent.PORT)) {
            String name = run(agent, "basename $(readlink -f /sys/block/vdb/device/..)").strip();
            GuestProto.DeviceRequest device = GuestProto.DeviceRequest.newBuilder().setBus("platform").setDevice(name)
                    .setDriver("virtio-mmio").build();
            String disks = run(agent, "echo $(ls /sys/block)");
            agent.tell(Agent.GUEST, "UnbindDevice", device);
            String without = run(agent, "echo $(ls /sys/block)");
            agent.tell(Agent.GUEST, "BindDevice", device);
            String again = run(agent, "echo $(ls /sys/block)");
            System.out.println("RESULT unbound " + disks.contains("vdb") + " " + without.contains("vdb") + " "
                    + again.contains("vdb"));
        }
    }

    private static String run(Agent agent, String script) throws IOException {
        OciProto.Process shell = OciProto.Process.newBuilder().addArgs("sh").addArgs("-c").addArgs(script).build();
        AgentProcess process = agent.start(AgentProto.ExecProcessRequest.newBuilder().setExecId("calls-" + ++programs)
                .setProcess(shell).build());
        process.awaitStart();
        process.closeInput();
        var output = new ByteArrayOutputStream();
        process.copyOutput(output);
        process.awaitEnd();
        return output.toString(StandardCharsets.UTF_8);
    }
}
