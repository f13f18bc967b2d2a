package dev.jvmm.cli;

import dev.jvmm.channel.CommandSession;
import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.machine.MachineFactory;
import dev.jvmm.snapshot.Pruned;
import dev.jvmm.snapshot.Template;
import dev.jvmm.snapshot.TemplateMaker;
import dev.jvmm.snapshot.TemplateStore;
import dev.jvmm.snapshot.UserCache;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jvmm template}: booted guests that are kept, for later boots to start from. */
@Command(
        name = "template",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Booted guests, kept so that later ones start in milliseconds. 'jvmm boot' makes those of jvmm's own guest by itself.",
            "They are in $XDG_CACHE_HOME/jvmm/templates or ~/.cache/jvmm/templates."
        })
final class TemplateCommand implements Callable<Integer> {
    private final Timeline timeline;
    private final MachineFactory machines;

    @Spec
    private CommandSpec spec;

    TemplateCommand(Timeline timeline, MachineFactory machines) {
        this.timeline = timeline;
        this.machines = machines;
    }

    private static TemplateStore store() {
        return new TemplateStore(UserCache.templates(), TemplateCommand::warn);
    }

    private static void warn(String line) {
        System.err.println("jvmm: " + line);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return Main.USAGE;
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Boots a guest until its init takes orders, and keeps it as NAME for 'jvmm boot --from NAME'.",
                "The guest is jvmm's own, or a kernel of yours with jvmm's initial RAM disk."
            })
    int create(
            @Option(names = "--kernel", paramLabel = "FILE",
                    description = "Kernel to boot. Default: jvmm's own.") String kernel,
            @Option(names = "--cmdline", paramLabel = "TEXT", description = "As with 'jvmm boot'.") String line,
            @Option(names = "--cpus", paramLabel = "N", description = "Virtual CPUs. Default: 1.") String cpus,
            @Option(names = "--memory", paramLabel = "SIZE", description = "Guest RAM. Default: 128M.") String memory,
            @Option(names = "--acpi", paramLabel = "MODE", description = "on, off or auto. Default: auto.") String acpi,
            @Option(names = "--quiet", description = "Print nothing but errors.") boolean quiet,
            @Parameters(paramLabel = "NAME", description = "letters, digits, '.', '_' and '-'") String name)
            throws InterruptedException {
        BootOptions options = new BootOptions();
        set(options, BootOption.KERNEL, kernel);
        set(options, BootOption.CMDLINE, line);
        set(options, BootOption.CPUS, cpus);
        set(options, BootOption.MEMORY, memory);
        set(options, BootOption.ACPI, acpi);
        options.command(new String[]{ "/bin/true" }, 0);
        GuestPlan plan = plan(options);
        BootProgress progress = new BootProgress(timeline, quiet);
        ConsoleTail console = new ConsoleTail(timeline);
        OrderedGuest.Source source = new OrderedGuest.Source(machines, progress, console,
                new CommandSession.Observer() {});
        try (TemplateMaker maker = store().create(name, TemplateIdentity.of(plan));
                OrderedGuest guest = source.cold(plan)) {
            guest.start();
            boolean made = guest.save(maker);
            progress.done();
            if (!made) {
                progress.error("the guest ended before it could be kept; its console ended with:\n"
                        + new String(console.bytes(), StandardCharsets.UTF_8));
                return Main.FAILURE;
            }
        } finally {
            progress.done();
        }
        return Main.SUCCESS;
    }

    private void set(BootOptions options, BootOption option, String value) {
        if (value != null) {
            try {
                options.set(option, value);
            } catch (UsageException e) {
                throw mistake("create", e.getMessage(), e);
            }
        }
    }

    private GuestPlan plan(BootOptions options) {
        try {
            return GuestPlan.of(options);
        } catch (UsageException e) {
            throw mistake("create", e.getMessage(), e);
        }
    }

    private ParameterException mistake(String command, String message, Throwable cause) {
        return new ParameterException(spec.subcommands().get(command), message, cause);
    }

    @Command(name = "ls", mixinStandardHelpOptions = true, description = "Lists the templates.")
    int list(@Option(names = "--json", description = "Print JSON.") boolean json) {
        List<Template> templates = store().list();
        System.out.print(json ? TemplateList.json(templates) : TemplateList.text(templates));
        System.out.flush();
        return Main.SUCCESS;
    }

    @Command(
            name = "rm",
            mixinStandardHelpOptions = true,
            description = "Removes templates. Guests that run from them go on.")
    int remove(@Parameters(paramLabel = "NAME", arity = "1..*",
            description = "as 'jvmm template ls' shows it") List<String> names) {
        int code = Main.SUCCESS;
        for (String name : names) {
            if (!store().remove(name)) {
                warn("there is no template \"" + name + "\"");
                code = Main.FAILURE;
            }
        }
        return code;
    }

    @Command(
            name = "prune",
            mixinStandardHelpOptions = true,
            description = {
                "Removes what boots have left: templates that can not be used any more, then the longest unused ones until the",
                "rest fits the limit, and unpacked guests of older builds. Templates made with 'create' stay."
            })
    int prune(
            @Option(names = "--limit", paramLabel = "SIZE",
                    description = "For what boots made. Default: $JVMM_CACHE_LIMIT or 2G; 0 removes it all.") String limit) {
        long bytes;
        try {
            bytes = limit == null ? UserCache.limit(TemplateCommand::warn)
                    : limit.equals("0") ? 0 : MemorySize.parse(limit);
        } catch (ConfigException e) {
            throw mistake("prune", "--limit " + e.getMessage(), e);
        }
        report(store().prune(bytes, TemplateIdentity.ofThisPlace()));
        report(CacheRoom.pruneImages());
        return Main.SUCCESS;
    }

    private static void report(Pruned pruned) {
        for (String name : pruned.names()) {
            System.out.println("removed " + name);
        }
        if (pruned.bytes() > 0) {
            System.out.println(MemorySize.format(pruned.bytes()) + " are free again");
        }
    }
}
