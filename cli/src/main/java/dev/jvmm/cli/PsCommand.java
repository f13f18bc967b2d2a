package dev.jvmm.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jvmm ps}: the machines that run under a name. */
@Command(name = "ps", mixinStandardHelpOptions = true,
        description = "Lists this user's running machines that have a name.")
final class PsCommand implements Callable<Integer> {
    @Option(names = { "-q", "--quiet" }, description = "Print names only.")
    private boolean quiet;

    @Override
    public Integer call() {
        if (!quiet) {
            System.out.printf("%-24s %8s %10s %5s %9s%n", "NAME", "PID", "UP", "CPUS", "MEMORY");
        }
        for (RunningMachine machine : RunningMachine.list()) {
            if (quiet) {
                System.out.println(machine.name());
            } else if (machine.isStarted()) {
                MachineState state = MachineState.of(machine);
                System.out.printf("%-24s %8d %10s %5d %6d MiB%n", machine.name(), state.pid(),
                        up(System.currentTimeMillis() - state.started()), state.cpus(), state.memory() >> 20);
            } else {
                System.out.printf("%-24s %8s %10s%n", machine.name(), "", "starting");
            }
        }
        return Main.SUCCESS;
    }

    private static String up(long millis) {
        Duration time = Duration.ofMillis(Math.max(millis, 0));
        return time.toHours() > 0 ? time.toHours() + "h" + time.toMinutesPart() + "m"
                : time.toMinutes() > 0 ? time.toMinutes() + "m" + time.toSecondsPart() + "s"
                        : time.toSeconds() + "s";
    }
}
