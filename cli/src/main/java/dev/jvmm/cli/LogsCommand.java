package dev.jvmm.cli;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jvmm logs}: what a detached machine's console has said, or its command. */
@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = "Prints what the console of a detached machine has said; with a command, the command's output.")
final class LogsCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 100;

    @Option(names = { "-f", "--follow" }, description = "Go on with what comes, until the machine ends.")
    private boolean follow;

    @Parameters(paramLabel = "NAME", description = "The machine's name.")
    private String name;

    @Override
    public Integer call() throws IOException, InterruptedException {
        RunningMachine machine = RunningMachine.running(name);
        Path console = machine.file("console.log");
        Path file = Files.exists(console) ? console : machine.file("log");
        if (!Files.exists(file)) {
            throw new UsageException("'" + name + "' runs on a terminal, which has its output");
        }
        try (InputStream in = new FileInputStream(file.toFile())) {
            in.transferTo(System.out);
            System.out.flush();
            while (follow) {
                boolean last = !machine.isAlive();
                in.transferTo(System.out);
                System.out.flush();
                if (last || System.out.checkError()) {
                    break;
                }
                Thread.sleep(LOOK_MILLIS);
            }
        }
        return Main.SUCCESS;
    }
}
