package dev.jvmm.agent;

import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A container's root with busybox in it, and what a runtime would ask for around it. */
record Bundle(String id, Path root) {
    private static final AtomicInteger IDS = new AtomicInteger();
    private static final List<String> NAMESPACES = List.of("pid", "mount", "ipc", "uts", "cgroup");

    static Bundle in(Path folder) throws IOException {
        String id = "box-" + ProcessHandle.current().pid() + "-" + IDS.incrementAndGet();
        Path root = Files.createDirectories(folder.resolve(id));
        Path bin = Files.createDirectories(root.resolve("bin"));
        Files.write(bin.resolve("busybox"), NativeAgent.fromImage("bin/busybox"));
        bin.resolve("busybox").toFile().setExecutable(true, false);
        Files.createSymbolicLink(bin.resolve("sh"), Path.of("busybox"));
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/passwd"),
                "root:x:0:0::/home/boss:/bin/sh\nguest:x:7:8::/home/guest:/bin/sh\n");
        return new Bundle(id, root);
    }

    static OciProto.Process.Builder shell(String script) {
        return OciProto.Process.newBuilder().addAllArgs(List.of("/bin/sh", "-c", script)).addEnv("PATH=/bin")
                .setCwd("/");
    }

    static OciProto.Mount mount(String where, String type, String source, String... options) {
        return OciProto.Mount.newBuilder().setDestination(where).setType(type).setSource(source)
                .addAllOptions(List.of(options))
                .build();
    }

    OciProto.Spec.Builder spec(String script) {
        OciProto.Linux.Builder linux = OciProto.Linux.newBuilder();
        for (String type : NAMESPACES) {
            linux.addNamespaces(OciProto.LinuxNamespace.newBuilder().setType(type));
        }
        return OciProto.Spec.newBuilder().setVersion("1.0.2").setProcess(shell(script)).setHostname("box")
                .setRoot(OciProto.Root.newBuilder().setPath(root.toString()))
                .addMounts(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"))
                .addMounts(mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=64k"))
                .addMounts(mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666",
                        "mode=0620"))
                .setLinux(linux);
    }

    AgentProto.CreateContainerRequest create(OciProto.Spec.Builder spec) {
        return AgentProto.CreateContainerRequest.newBuilder().setContainerId(id).setExecId(id).setOci(spec).build();
    }

    AgentProto.StartContainerRequest start() {
        return AgentProto.StartContainerRequest.newBuilder().setContainerId(id).build();
    }

    AgentProto.RemoveContainerRequest remove() {
        return AgentProto.RemoveContainerRequest.newBuilder().setContainerId(id).setTimeout(10).build();
    }

    AgentProto.SignalProcessRequest signal(int number) {
        return AgentProto.SignalProcessRequest.newBuilder().setContainerId(id).setSignal(number).build();
    }
}
