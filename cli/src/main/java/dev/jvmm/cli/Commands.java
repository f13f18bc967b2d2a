package dev.jvmm.cli;

import dev.jvmm.device.BalloonSpec;
import dev.jvmm.device.ConsoleSpec;
import dev.jvmm.device.DiskSpec;
import dev.jvmm.device.EntropySpec;
import dev.jvmm.device.NetSpec;
import dev.jvmm.device.OptionGrammar;
import dev.jvmm.device.ShareSpec;
import dev.jvmm.device.VsockSpec;
import dev.jvmm.machine.MachineFactory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The whole command line as picocli sees it. */
final class Commands {
    private static final String COMMAND = "[-- COMMAND [ARGUMENT...]]";

    private final Timeline timeline;
    private final MachineFactory machines;
    private String[] arguments = {};

    Commands(Timeline timeline, MachineFactory machines) {
        this.timeline = timeline;
        this.machines = machines;
    }

    /** Runs what the arguments say; returns the exit code. */
    int execute(String[] all) throws InterruptedException {
        arguments = all;
        // What stands behind -- is the guest's: picocli shall not judge it.
        String[] own = Arrays.copyOf(all, BootArguments.delimiter(all));
        CommandLine line = commandLine();
        if (all.length > 0 && all[0].equals("exec")) {
            return line.execute(all);
        }
        if (own.length == 0 || own.length < all.length && !own[0].equals("boot")) {
            line.usage(System.err);
            return Main.USAGE;
        }
        return line.execute(own);
    }

    /** The commands and their options. */
    CommandLine commandLine() {
        CommandSpec jvmm = CommandSpec.create().name("jvmm").versionProvider(Version::lines)
                .mixinStandardHelpOptions(true);
        jvmm.usageMessage().description("Virtual machines on Linux KVM.").synopsisSubcommandLabel("COMMAND");
        CommandSpec boot = boot();
        jvmm.addSubcommand("boot", boot);
        jvmm.addSubcommand("check", new CommandLine(new CheckCommand()));
        jvmm.addSubcommand("template", new CommandLine(new TemplateCommand(timeline, machines)));
        jvmm.addSubcommand("image", new CommandLine(new ImageCommand()));
        jvmm.addSubcommand("9p", new CommandLine(new NinepCommand()));
        jvmm.addSubcommand("runtime", new CommandLine(new RuntimeCommand(timeline, machines)));
        jvmm.addSubcommand("ps", new CommandLine(new PsCommand()));
        jvmm.addSubcommand("exec", new CommandLine(new ExecOptions()).setStopAtPositional(true));
        jvmm.addSubcommand("cp", new CommandLine(new CopyCommand()));
        jvmm.addSubcommand("console", new CommandLine(new ConsoleCommand()));
        jvmm.addSubcommand("logs", new CommandLine(new LogsCommand()));
        jvmm.addSubcommand("inspect", new CommandLine(new InspectCommand()));
        jvmm.addSubcommand("stop", new CommandLine(new StopCommand()));
        jvmm.addSubcommand("agent", new CommandLine(new AgentCommand()));
        CommandLine line = new CommandLine(jvmm);
        line.addSubcommand("completion", new CommandLine(new CompletionCommand(line)));
        line.setExecutionStrategy(this::run);
        line.setParameterExceptionHandler((problem, _) -> {
            PrintWriter err = problem.getCommandLine().getErr();
            err.println("jvmm: " + problem.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(problem, err);
            err.println("Try '" + problem.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
            return Main.USAGE;
        });
        line.setExecutionExceptionHandler((problem, where, _) -> {
            if (problem instanceof UsageException) {
                System.err.println("jvmm: " + problem.getMessage());
                System.err.println("Try '" + where.getCommandSpec().qualifiedName() + " --help'.");
                return Main.USAGE;
            }
            Main.report(problem);
            return Main.FAILURE;
        });
        return line;
    }

    private static CommandSpec boot() {
        CommandSpec boot = CommandSpec.create().name("boot").mixinStandardHelpOptions(true);
        boot.usageMessage()
                .description(
                        "Boots a Linux guest: to a shell on this terminal, or to run COMMAND and end with its exit code.",
                        "On the terminal, Ctrl-A x ends the guest and Ctrl-A h shows the keys.")
                .customSynopsis("jvmm boot [OPTION...] " + COMMAND)
                .footer(
                        "",
                        "A device is a list of key=value, separated by commas; a comma in a value is written twice.",
                        "--disk:",
                        OptionGrammar.help(DiskSpec.KIND) + "--share:",
                        OptionGrammar.help(ShareSpec.KIND) + "--net:",
                        OptionGrammar.help(NetSpec.KIND) + "--rng:",
                        OptionGrammar.help(EntropySpec.KIND) + "--balloon:",
                        OptionGrammar.help(BalloonSpec.KIND) + "--virtio-console:",
                        OptionGrammar.help(ConsoleSpec.KIND) + "--vsock:",
                        OptionGrammar.help(VsockSpec.KIND),
                        "Exit code: COMMAND's own, 128 + N if signal N killed it, 126 or 127 if it could not be run;",
                        "without COMMAND 0 when the guest ends itself. 1 on failure, 2 on a mistake in the options.")
                .sortOptions(false);
        for (BootOption option : BootOption.values()) {
            OptionSpec.Builder builder = OptionSpec.builder(option.text).description(option.description);
            if (option.mayHaveValue()) {
                builder.arity("0..1").fallbackValue(option.alone()).paramLabel(option.label).hideParamSyntax(true);
                if (option.isRepeatable()) {
                    builder.type(String[].class).auxiliaryTypes(String.class);
                } else {
                    builder.type(String.class);
                }
            } else if (option.takesValue()) {
                boolean file = option.label.equals("FILE");
                builder.arity("1").paramLabel(option.label).type(file ? Path.class : String.class);
                if (option.isRepeatable()) {
                    builder.type(String[].class).auxiliaryTypes(String.class);
                }
                if (option.candidates.length > 0) {
                    builder.completionCandidates(List.of(option.candidates));
                }
            } else {
                builder.arity("0").type(boolean.class);
            }
            boot.addOption(builder.build());
        }
        return boot;
    }

    private int run(ParseResult parsed) {
        if (CommandLine.executeHelpRequest(parsed) instanceof Integer code) {
            return code;
        }
        if (!parsed.hasSubcommand()) {
            parsed.commandSpec().commandLine().usage(System.err);
            return Main.USAGE;
        }
        ParseResult sub = parsed.subcommand();
        if (!sub.commandSpec().name().equals("boot")) {
            return new CommandLine.RunLast().execute(parsed);
        }
        try {
            return new BootCommand(options(sub), timeline, machines).run();
        } catch (InterruptedException e) {
            throw new CommandLine.ExecutionException(sub.commandSpec().commandLine(), "interrupted", e);
        }
    }

    /** What picocli makes of a {@code boot}. */
    BootOptions options(String[] all) {
        arguments = all;
        return options(commandLine().parseArgs(Arrays.copyOf(all, BootArguments.delimiter(all))).subcommand());
    }

    private BootOptions options(ParseResult boot) {
        BootOptions options = new BootOptions();
        for (BootOption option : BootOption.values()) {
            if (boot.hasMatchedOption(option.text)) {
                for (String value : values(boot, option)) {
                    options.set(option, value);
                }
            }
        }
        options.command(arguments, BootArguments.delimiter(arguments) + 1);
        return options;
    }

    private static List<String> values(ParseResult boot, BootOption option) {
        OptionSpec matched = boot.matchedOption(option.text);
        return option.isRepeatable()
                ? List.of(matched.<String[]>getValue())
                : List.of(lastOf(option, matched.originalStringValues()));
    }

    private static String lastOf(BootOption option, List<String> values) {
        return values.isEmpty() || !option.takesValue() && !option.mayHaveValue() ? "" : values.getLast();
    }
}
