package dev.jvmm.cli;

import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.guest.GuestAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jvmm agent}: what {@code exec}, {@code cp}, {@code stop} and {@code inspect} need in guests of one's own. */
@Command(
        name = "agent",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "The agent that 'jvmm exec', 'cp', 'stop' and 'inspect' speak to, for guests of your own.")
final class AgentCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return Main.USAGE;
    }

    @Command(
            name = "install",
            mixinStandardHelpOptions = true,
            description = {
                "Puts the agent into the root file system in FOLDER, as /usr/local/sbin/jvmm-agent: one static program, which",
                "needs nothing but a kernel with virtio-vsock. Where there is systemd, it is enabled as a service."
            })
    int install(@Parameters(paramLabel = "FOLDER", description = "The root file system.") Path root) {
        if (!Files.isDirectory(root)) {
            throw new UsageException("there is no folder " + root);
        }
        boolean service;
        try {
            service = new GuestAgent(new EmbeddedGuest()).install(root);
        } catch (IOException e) {
            throw new UncheckedIOException("can not install the agent: " + e.getMessage(), e);
        }
        System.out.println(service ? "/usr/local/sbin/jvmm-agent, and its service jvmm-agent, enabled"
                : "/usr/local/sbin/jvmm-agent; there is no systemd in " + root
                        + ": let its init start this program as root, after 'modprobe vmw_vsock_virtio_transport'");
        return Main.SUCCESS;
    }
}
