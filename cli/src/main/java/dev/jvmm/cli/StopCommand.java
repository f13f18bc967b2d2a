package dev.jvmm.cli;

import dev.jvmm.agent.Agent;
import dev.jvmm.agent.protocol.GuestProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jvmm stop}: asks guests to power off, and ends the machines of those that do not. */
@Command(
        name = "stop",
        mixinStandardHelpOptions = true,
        description = "Asks guests to power off; a machine that still runs after the timeout is ended.")
final class StopCommand implements Callable<Integer> {
    private static final long LOOK_MILLIS = 20;
    private static final long SIGNAL_MILLIS = 8000;

    @Option(names = { "-t", "--timeout" }, paramLabel = "SECONDS", defaultValue = "30",
            description = "How long a guest may take. Default: 30; 0 ends its machine at once.")
    private long timeout;

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "The machines' names.")
    private List<String> names;

    @Override
    public Integer call() throws InterruptedException {
        for (String name : names) {
            stop(RunningMachine.running(name));
        }
        return Main.SUCCESS;
    }

    private void stop(RunningMachine machine) throws InterruptedException {
        if (timeout > 0 && machine.isStarted()) {
            try (Agent agent = machine.agentIfThere(timeout)) {
                agent.shutDown(GuestProto.ShutdownRequest.How.POWER_OFF);
            } catch (IOException | UncheckedIOException e) {
                System.err.println("jvmm: " + machine.name() + ": " + e.getMessage() + "; its machine is ended");
                end(machine);
                return;
            }
            if (ended(machine, timeout * 1000)) {
                return;
            }
            System.err.println(
                    "jvmm: " + machine.name() + " did not power off in " + timeout + " s: its machine is ended");
        }
        end(machine);
    }

    private static void end(RunningMachine machine) throws InterruptedException {
        if (!machine.isStarted()) {
            return;
        }
        // The lock says that the process is still the one that wrote its number.
        ProcessHandle.of(MachineState.of(machine).pid()).filter(process -> machine.isAlive()).ifPresent(process -> {
            process.destroy();
            try {
                if (!ended(machine, SIGNAL_MILLIS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        ended(machine, SIGNAL_MILLIS);
        if (!machine.isAlive()) {
            machine.remove();
        }
    }

    private static boolean ended(RunningMachine machine, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (machine.isAlive()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(LOOK_MILLIS);
        }
        return true;
    }
}
