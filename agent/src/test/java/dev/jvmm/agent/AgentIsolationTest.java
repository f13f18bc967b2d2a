package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a container may not see and do, and images that try. */
class AgentIsolationTest extends ContainerTestBase {
    @Test
    void linksOfAnImageLeadNoMountOutOfIt() throws IOException {
        Path outside = Files.createDirectories(folder.resolve("outside-" + box.id()));
        Files.createSymbolicLink(box.root().resolve("absolute"), outside);
        Files.createSymbolicLink(box.root().resolve("up"), Path.of("../../../../../../.." + outside));
        Files.createSymbolicLink(box.root().resolve("data"), Path.of("absolute"));
        OciProto.Spec.Builder spec = box.spec("echo $(grep -c tmpfs /proc/mounts); ls -d " + outside + "/*")
                .addMounts(Bundle.mount("/absolute/one", "tmpfs", "tmpfs"))
                .addMounts(Bundle.mount("/up/two", "tmpfs", "tmpfs"))
                .addMounts(Bundle.mount("/../../.." + outside + "/three", "tmpfs", "tmpfs"));
        assertEquals(AgentException.NOT_FOUND, refusal(spec).code());
        // the folder that the links mean is made inside of the image: then they lead there
        Files.createDirectories(box.root().resolve(outside.toString().substring(1)));
        NativeAgent.Ended ended = run(spec);
        assertEquals("4\n" + outside + "/one\n" + outside + "/three\n" + outside + "/two\n", ended.output());
        try (var files = Files.list(outside)) {
            assertEquals(0, files.count());
        }
    }

    private AgentException refusal(OciProto.Spec.Builder spec) {
        return org.junit.jupiter.api.Assertions.assertThrows(AgentException.class, () -> create(spec));
    }

    @Test
    void linksOfAnImageLeadNoDeviceOutOfIt() throws IOException {
        Path outside = Files.createDirectories(folder.resolve("devices-" + box.id()));
        Files.createSymbolicLink(box.root().resolve("away"), outside);
        Files.createDirectories(box.root().resolve(outside.toString().substring(1)));
        OciProto.Spec.Builder spec = box.spec("ls -l /away/zero | cut -c 1-10; ls /away");
        spec.setLinux(spec.getLinux().toBuilder()
                .addDevices(OciProto.LinuxDevice.newBuilder().setPath("/away/zero").setType("c")
                        .setMajor(1).setMinor(5).setFileMode(0640)));
        assertEquals("crw-r-----\nzero\n", run(spec).output());
        assertFalse(Files.exists(outside.resolve("zero")));
    }

    @Test
    void usualDevicesAreThere() throws IOException {
        assertEquals("c c c c c c\n/proc/self/fd /dev/pts/ptmx\n0\n",
                run("echo $(for i in null zero full random urandom tty; do ls -l /dev/$i | cut -c1; done);"
                        + "echo $(readlink /dev/fd) $(readlink -f /dev/ptmx); head -c 100 /dev/zero | tr -d '\\000' | wc -c")
                        .output());
    }

    @Test
    void rightsAreThoseThatAreAsked() throws IOException {
        OciProto.Spec.Builder spec = box.spec("grep -E 'Cap|NoNewPrivs' /proc/self/status");
        List<String> some = List.of("CAP_CHOWN", "CAP_KILL");
        spec.setProcess(spec.getProcess().toBuilder().setNoNewPrivileges(true)
                .setCapabilities(OciProto.LinuxCapabilities
                        .newBuilder().addAllBounding(List.of("CAP_CHOWN", "CAP_KILL", "CAP_SETUID"))
                        .addAllPermitted(some)
                        .addAllEffective(some).addAllInheritable(some).addAmbient("CAP_KILL")));
        assertEquals("""
                CapInh:\t0000000000000021
                CapPrm:\t0000000000000021
                CapEff:\t0000000000000021
                CapBnd:\t00000000000000a1
                CapAmb:\t0000000000000020
                NoNewPrivs:\t1
                """, run(spec).output());
    }

    @Test
    void limitsAndScoreAreThoseThatAreAsked() throws IOException {
        OciProto.Spec.Builder spec = box.spec("ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj");
        spec.setProcess(spec.getProcess().toBuilder().setOomScoreAdj(345)
                .addRlimits(OciProto.POSIXRlimit.newBuilder().setType("RLIMIT_NOFILE").setSoft(77).setHard(88)));
        assertEquals("77\n88\n345\n", run(spec).output());
    }

    @Test
    void pathsAreHiddenAndReadOnly() throws IOException {
        Files.writeString(box.root().resolve("secret"), "word");
        Files.createDirectories(box.root().resolve("secrets/more"));
        Files.createDirectories(box.root().resolve("fixed"));
        OciProto.Spec.Builder spec = box
                .spec("cat /secret; ls /secrets; echo x > /fixed/file || echo no; echo x > /loose && echo yes;"
                        + "echo 1 > /proc/sys/kernel/panic || echo no");
        spec.setLinux(spec.getLinux().toBuilder().addAllMaskedPaths(List.of("/secret", "/secrets", "/missing"))
                .addAllReadonlyPaths(List.of("/fixed", "/proc/sys", "/missing")));
        assertEquals("no\nyes\nno\n", run(spec).output());
    }

    @Test
    void theRootIsReadOnlyWhereAsked() throws IOException {
        OciProto.Spec.Builder spec = box.spec("echo x > /file || echo no; echo x > /dev/file && echo yes");
        spec.setRoot(spec.getRoot().toBuilder().setReadonly(true));
        assertEquals("no\nyes\n", run(spec).output());
    }

    @Test
    void bindsKeepTheirOptions() throws IOException {
        Path shared = Files.createDirectories(folder.resolve("shared-" + box.id()));
        Files.writeString(shared.resolve("file"), "hello\n");
        OciProto.Spec.Builder spec = box
                .spec("cat /a/file /b; echo x > /a/new || echo no; grep -c ' /a .*ro,nosuid,nodev' /proc/mounts;"
                        + "echo more > /c/new")
                .addMounts(Bundle.mount("/a", "bind", shared.toString(), "rbind", "ro", "nosuid", "nodev"))
                .addMounts(Bundle.mount("/b", "bind", shared.resolve("file").toString(), "bind", "ro"))
                .addMounts(Bundle.mount("/c", "", shared.toString(), "rbind", "rshared"));
        assertEquals("hello\nhello\nno\n1\n", run(spec).output());
        assertEquals("more\n", Files.readString(shared.resolve("new")));
        refusedAs(AgentException.INVALID_ARGUMENT, box.spec("true")
                .addMounts(Bundle.mount("/a", "bind", shared.toString(), "rbind", "wordless")));
    }

    @Test
    void systemCallsAreFiltered() throws IOException {
        OciProto.Spec.Builder spec = box
                .spec("hostname other || echo no; mkdir /kept || echo no; chmod 123 /etc && echo yes;"
                        + "chmod 321 /etc || echo no");
        spec.setLinux(spec.getLinux().toBuilder().setSeccomp(OciProto.LinuxSeccomp.newBuilder()
                .setDefaultAction("SCMP_ACT_ALLOW").addArchitectures("SCMP_ARCH_X86_64")
                .addArchitectures("SCMP_ARCH_X86")
                .addSyscalls(
                        OciProto.LinuxSyscall.newBuilder().addNames("sethostname").addNames("mkdir").addNames("mkdirat")
                                .setAction("SCMP_ACT_ERRNO").setErrnoret(38))
                .addSyscalls(OciProto.LinuxSyscall.newBuilder().addNames("chmod").setAction("SCMP_ACT_ERRNO")
                        .addArgs(OciProto.LinuxSeccompArg.newBuilder().setIndex(1).setValue(0321)
                                .setOp("SCMP_CMP_EQ")))));
        NativeAgent.Ended ended = run(spec);
        assertEquals("no\nno\nyes\nno\n", ended.output());
        assertTrue(ended.errors().contains("Function not implemented"), ended.errors());
        assertTrue(ended.errors().contains("Operation not permitted"), ended.errors());
    }

    @Test
    void whatAFilterAllowsIsAllThereIs() throws IOException {
        OciProto.Spec.Builder spec = box.spec("sleep 100");
        OciProto.LinuxSeccomp.Builder rules = OciProto.LinuxSeccomp.newBuilder().setDefaultAction("SCMP_ACT_ERRNO")
                .addArchitectures("SCMP_ARCH_X86_64");
        OciProto.LinuxSyscall.Builder allowed = OciProto.LinuxSyscall.newBuilder().setAction("SCMP_ACT_ALLOW");
        for (String name : ("read write open openat close execve exit exit_group mmap munmap mprotect brk rt_sigaction rt_sigprocmask"
                + " arch_prctl set_tid_address fstat stat lstat newfstatat ioctl fcntl dup2 getpid getuid geteuid getgid getegid getppid"
                + " getcwd chdir fork vfork clone wait4 nanosleep clock_nanosleep setgid setuid setgroups setresuid setresgid prctl"
                + " capset capget getdents64 rt_sigreturn sendfile poll readlink uname").split(" ")) {
            allowed.addNames(name);
        }
        spec.setLinux(spec.getLinux().toBuilder().setSeccomp(rules.addSyscalls(allowed)));
        start(spec);
        NativeAgent.Ended ended = exec("echo fine; mkdir /x || echo no");
        assertEquals("fine\nno\n", ended.output(), ended.errors());
    }

    @Test
    void filtersThatMakeNoSenseAreRefused() throws IOException {
        OciProto.LinuxSyscall.Builder rule = OciProto.LinuxSyscall.newBuilder().addNames("mkdir")
                .setAction("SCMP_ACT_ERRNO");
        refusedFilter(AgentException.UNIMPLEMENTED, rule.clone().setAction("SCMP_ACT_NOTIFY"));
        refusedFilter(AgentException.UNIMPLEMENTED, rule.clone().addNames("no_such_call"));
        refusedFilter(AgentException.INVALID_ARGUMENT,
                rule.clone().addArgs(OciProto.LinuxSeccompArg.newBuilder().setIndex(6).setOp("SCMP_CMP_EQ")));
        refusedFilter(AgentException.INVALID_ARGUMENT,
                rule.clone().addArgs(OciProto.LinuxSeccompArg.newBuilder().setOp("SCMP_CMP_SOME")));
        OciProto.LinuxSyscall.Builder many = rule.clone();
        for (int i = 0; i < 3000; i++) {
            many.addNames("mkdir");
        }
        refusedFilter(AgentException.UNIMPLEMENTED, many);
    }

    private void refusedFilter(int code, OciProto.LinuxSyscall.Builder rule) {
        OciProto.Spec.Builder spec = box.spec("true");
        refusedAs(code, spec.setLinux(spec.getLinux().toBuilder().setSeccomp(
                OciProto.LinuxSeccomp.newBuilder().setDefaultAction("SCMP_ACT_ALLOW").addSyscalls(rule))));
    }

    @Test
    void kernelSettingsAreTheContainers() throws IOException {
        OciProto.Spec.Builder spec = box.spec("cat /proc/sys/kernel/shm_rmid_forced");
        spec.setLinux(spec.getLinux().toBuilder().putSysctl("kernel.shm_rmid_forced", "1"));
        String before = shell("cat /proc/sys/kernel/shm_rmid_forced");
        assertEquals("1\n", run(spec).output());
        assertEquals(before, shell("cat /proc/sys/kernel/shm_rmid_forced"));
        OciProto.Linux.Builder others = box.spec("true").getLinux().toBuilder();
        refusedAs(AgentException.INVALID_ARGUMENT,
                box.spec("true").setLinux(others.clone().putSysctl("kernel.panic", "1")));
        refusedAs(AgentException.INVALID_ARGUMENT,
                box.spec("true").setLinux(others.clone().putSysctl("net./../kernel/panic", "1")));
    }

    @Test
    void hooksOfKindsThatAreNotRunAreRefused() {
        OciProto.Hook hook = OciProto.Hook.newBuilder().setPath("/bin/true").build();
        for (OciProto.Hooks.Builder hooks : List.of(OciProto.Hooks.newBuilder().addCreateRuntime(hook),
                OciProto.Hooks.newBuilder().addCreateContainer(hook),
                OciProto.Hooks.newBuilder().addStartContainer(hook))) {
            refusedAs(AgentException.UNIMPLEMENTED, box.spec("true").setHooks(hooks));
        }
        refusedAs(AgentException.INVALID_ARGUMENT, box.spec("true")
                .setHooks(OciProto.Hooks.newBuilder().addPrestart(hook.toBuilder().setPath("true"))));
    }

    @Test
    void whatIsNotDoneIsRefused() {
        OciProto.Linux linux = box.spec("true").getLinux();
        OciProto.Process process = Bundle.shell("true").build();
        refusedAs(AgentException.UNIMPLEMENTED, box.spec("true").setLinux(linux.toBuilder()
                .addNamespaces(OciProto.LinuxNamespace.newBuilder().setType("user"))));
        refusedAs(AgentException.INVALID_ARGUMENT, box.spec("true").setLinux(linux.toBuilder()
                .addNamespaces(OciProto.LinuxNamespace.newBuilder().setType("pid"))));
        refusedAs(AgentException.UNIMPLEMENTED,
                box.spec("true").setProcess(process.toBuilder().setApparmorProfile("some")));
        refusedAs(AgentException.UNIMPLEMENTED,
                box.spec("true").setProcess(process.toBuilder().setSelinuxLabel("some")));
        refusedAs(AgentException.UNIMPLEMENTED, box.spec("true").setLinux(linux.toBuilder().setMountLabel("some")));
        refusedAs(AgentException.INVALID_ARGUMENT, box.spec("true").setProcess(OciProto.Process.newBuilder()));
        refusedAs(AgentException.INVALID_ARGUMENT, box.spec("true").setRoot(OciProto.Root.newBuilder().setPath("x")));
        refusedAs(AgentException.INVALID_ARGUMENT, box.spec("true").addMounts(Bundle.mount("x", "tmpfs", "tmpfs")));
        refusedAs(AgentException.INVALID_ARGUMENT,
                box.spec("true").setLinux(linux.toBuilder().setRootfsPropagation("x")));
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CreateContainer",
                AgentProto.CreateContainerRequest.newBuilder().setContainerId("x").build());
        refused(AgentException.UNIMPLEMENTED, Agent.KATA, "CreateContainer", box.create(box.spec("true")).toBuilder()
                .addSharedMounts(AgentProto.SharedMount.newBuilder().setName("x")).build());
        refused(AgentException.UNIMPLEMENTED, Agent.KATA, "CreateContainer",
                box.create(box.spec("true")).toBuilder().setStdoutPort(1).build());
        refused(AgentException.UNIMPLEMENTED, Agent.KATA, "ExecProcess", AgentProto.ExecProcessRequest.newBuilder()
                .setExecId("x").setProcess(Bundle.shell("true")).setStdinPort(1).build());
    }
}
