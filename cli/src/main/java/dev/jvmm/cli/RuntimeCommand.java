package dev.jvmm.cli;

import dev.jvmm.machine.MachineFactory;
import dev.jvmm.runtime.config.ConfigurationException;
import dev.jvmm.runtime.config.ConfigurationReport;
import dev.jvmm.runtime.config.KeyReport;
import dev.jvmm.runtime.config.ReportPrinter;
import dev.jvmm.runtime.config.RuntimeConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jvmm runtime}: what a container runtime's configuration.toml comes to. */
@Command(
        name = "runtime",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Reads a configuration.toml in the form of Kata Containers' own.")
final class RuntimeCommand implements Callable<Integer> {
    private final Timeline timeline;
    private final MachineFactory machines;

    @Spec
    private CommandSpec spec;

    RuntimeCommand(Timeline timeline, MachineFactory machines) {
        this.timeline = timeline;
        this.machines = machines;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return Main.USAGE;
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Says of every key in FILE whether it is honoured, not yet supported or unknown, and what is wrong.",
                "Exit code 0 when nothing is wrong, 1 when the file is invalid; a key not yet supported is not wrong."
            })
    int check(
            @Option(names = "--json", description = "Print JSON.") boolean json,
            @Parameters(paramLabel = "FILE", description = "a configuration.toml") Path file)
            throws IOException {
        ConfigurationReport report = ConfigurationReport.of(file);
        if (json) {
            ReportPrinter.json(report, System.out);
        } else {
            ReportPrinter.text(report, System.out);
        }
        System.out.flush();
        return ReportPrinter.exitStatus(report);
    }

    @Command(
            name = "boot",
            mixinStandardHelpOptions = true,
            description = {
                "Boots the guest that FILE describes, with the hypervisor that it names, on this terminal.",
                "On the terminal, Ctrl-A x ends the guest and Ctrl-A h shows the keys.",
                "Exit code 0 when the guest ends itself, 1 on failure, 2 on a mistake in the options."
            })
    int boot(
            @Option(names = "--console", paramLabel = "WHERE", defaultValue = "tty",
                    description = "tty (the default), file:FILE or off.") String console,
            @Parameters(paramLabel = "FILE", description = "a configuration.toml") Path file)
            throws InterruptedException {
        BootOptions options = options(console);
        ConfigurationReport report = ConfigurationReport.of(file);
        RuntimeConfiguration configuration;
        try {
            configuration = report.bootable();
        } catch (ConfigurationException e) {
            System.err.println(e.getMessage());
            return Main.FAILURE;
        }
        long missed = report.keys().stream().filter(KeyReport::missed).count();
        if (missed > 0) {
            System.err.println("jvmm: " + missed + (missed == 1 ? " key has" : " keys have")
                    + " no effect; 'jvmm runtime check " + file + "' tells which");
        }
        MachineFactory hypervisor = new HypervisorMachineFactory(configuration, machines);
        return new BootCommand(options, timeline, hypervisor).run(configuration.machine());
    }

    private BootOptions options(String console) {
        BootOptions options = new BootOptions();
        try {
            options.set(BootOption.CONSOLE, console);
        } catch (UsageException e) {
            throw new ParameterException(spec.subcommands().get("boot"), e.getMessage(), e);
        }
        return options;
    }
}
