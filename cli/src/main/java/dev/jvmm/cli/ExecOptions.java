package dev.jvmm.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jvmm exec} for picocli: for its help, its completion, and what {@link ExecArguments} leaves alone. */
@Command(
        name = "exec",
        mixinStandardHelpOptions = true,
        description = {
            "Runs COMMAND in the guest of a running machine. Signals go to it; standard input does with -i.",
            "Exit code: COMMAND's own, 128 + N if signal N killed it, 126 or 127 if it could not be run."
        })
final class ExecOptions implements Callable<Integer> {
    @Option(names = { "-i", "--interactive" }, description = "Pass standard input on.")
    private boolean interactive;

    @Option(names = { "-t", "--tty" }, description = "Give it a terminal of this one's size.")
    private boolean terminal;

    @Option(names = "--timing", description = "Print a line of JSON with the times of its steps to standard error.")
    private boolean timing;

    @Option(names = { "-u", "--user" }, paramLabel = "USER[:GROUP]",
            description = "Names or numbers of the guest's. Default: root.")
    private Optional<String> user = Optional.empty();

    @Option(names = { "-w", "--workdir" }, paramLabel = "FOLDER",
            description = "Its working directory. Default: the user's own.")
    private Optional<String> folder = Optional.empty();

    @Option(names = { "-e", "--env" }, paramLabel = "NAME[=VALUE]", description = "A variable of its environment.")
    private List<String> environment = List.of();

    @Parameters(index = "0", paramLabel = "NAME", description = "The machine's name.")
    private String machine;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "What to run.")
    private List<String> command;

    @Override
    public Integer call() throws InterruptedException {
        return new ExecCommand(
                new ExecArguments(interactive, terminal, timing, user, folder, environment, machine, command)).run();
    }
}
