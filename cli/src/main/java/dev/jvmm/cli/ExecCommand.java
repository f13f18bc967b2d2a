package dev.jvmm.cli;

import dev.jvmm.agent.Agent;
import dev.jvmm.agent.AgentException;
import dev.jvmm.agent.AgentProcess;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Terminal;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Optional;

/**
 * {@code jvmm exec}: a program in the guest of a running machine, as if it ran here: streams, exit code, signals, and with {@code -t} a
 * terminal of its size.
 */
final class ExecCommand {
    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    private static final int SIGHUP = 1;

    private final ExecArguments arguments;
    private final ExecTiming timing = new ExecTiming();

    ExecCommand(ExecArguments arguments) {
        this.arguments = arguments;
    }

    int run() throws InterruptedException {
        Agent agent = RunningMachine.running(arguments.machine()).agent();
        timing.connected();
        return run(agent);
    }

    /** @param agent closed behind it */
    int run(Agent agent) throws InterruptedException {
        Optional<Terminal> terminal = terminal();
        try {
            AgentProcess process = agent.run(request(terminal), !arguments.interactive());
            int code = live(process, terminal);
            if (arguments.timing()) {
                System.err.println(timing.json(process.guestNanos()));
            }
            return code;
        } catch (AgentException e) {
            System.err.println("jvmm: " + e.getMessage());
            return switch (e.code()) {
                case AgentException.NOT_FOUND -> NOT_FOUND;
                case AgentException.FAILED_PRECONDITION -> NOT_EXECUTABLE;
                default -> Main.FAILURE;
            };
        } catch (IOException e) {
            System.err.println("jvmm: " + e.getMessage());
            return Main.FAILURE;
        } finally {
            if (terminal.isPresent()) {
                terminal.get().restore();
            }
            agent.close();
        }
    }

    private Optional<Terminal> terminal() {
        FileDescriptor keyboard = new FileDescriptor(0);
        if (!arguments.terminal()) {
            return Optional.empty();
        }
        if (!Terminal.isTerminal(keyboard)) {
            throw new UsageException("-t: standard input is no terminal; leave it out");
        }
        return Optional.of(new Terminal(keyboard));
    }

    private AgentProto.ExecProcessRequest request(Optional<Terminal> terminal) {
        OciProto.Process.Builder process = OciProto.Process.newBuilder()
                .addAllArgs(arguments.command())
                .setTerminal(terminal.isPresent())
                .setCwd(arguments.folder());
        if (!arguments.user().isEmpty()) {
            process.setUser(OciProto.User.newBuilder().setUsername(arguments.user()));
        }
        if (terminal.isPresent()) {
            Terminal.Size size = terminal.get().size();
            process.setConsoleSize(OciProto.Box.newBuilder().setHeight(size.rows()).setWidth(size.columns()));
            String name = System.getenv("TERM");
            if (name != null) {
                process.addEnv("TERM=" + name);
            }
        }
        for (String variable : arguments.environment()) {
            if (variable.indexOf('=') > 0) {
                process.addEnv(variable);
            } else if (System.getenv(variable) != null) {
                process.addEnv(variable + "=" + System.getenv(variable));
            }
        }
        String id = "exec-" + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime());
        return AgentProto.ExecProcessRequest.newBuilder().setExecId(id).setProcess(process).build();
    }

    private int live(AgentProcess process, Optional<Terminal> terminal) throws IOException, InterruptedException {
        // The guest is at work meanwhile: a program that has been asked for takes signals.
        handleSignals(process, terminal);
        process.awaitStart();
        timing.answered();
        if (terminal.isPresent()) {
            Terminal found = terminal.get();
            Runtime.getRuntime().addShutdownHook(new Thread(found::restore, "terminal"));
            found.raw();
        }
        if (arguments.interactive()) {
            daemon("stdin", () -> process.copyInput(new FileInputStream(java.io.FileDescriptor.in)));
        }
        Optional<Integer> code = process.ended();
        if (code.isPresent()) {
            process.copyErrors(new FileOutputStream(java.io.FileDescriptor.err));
            process.copyOutput(new FileOutputStream(java.io.FileDescriptor.out));
            return code.get();
        }
        Thread errors = daemon("stderr", () -> process.copyErrors(new FileOutputStream(java.io.FileDescriptor.err)));
        process.copyOutput(new FileOutputStream(java.io.FileDescriptor.out));
        errors.join();
        return process.awaitEnd();
    }

    private static void handleSignals(AgentProcess process, Optional<Terminal> terminal) {
        if (terminal.isPresent()) {
            Terminal found = terminal.get();
            HostSignals.handle("WINCH",
                    ignored -> quietly(() -> process.resize(found.size().rows(), found.size().columns())));
        }
        HostSignals.handle("INT", ignored -> quietly(() -> process.signal(SIGINT)));
        HostSignals.handle("TERM", ignored -> quietly(() -> process.signal(SIGTERM)));
        HostSignals.handle("HUP", ignored -> quietly(() -> process.signal(SIGHUP)));
    }

    private interface Work {
        void run() throws IOException;
    }

    /** For what the guest may refuse without harm: a process that has just ended takes no signal. */
    private static void quietly(Work work) {
        daemon("signal", work);
    }

    private static Thread daemon(String name, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // The process has ended or refuses; that the connection is lost, the main thread hears itself.
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
