package dev.jvmm.cli;

import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.MachineFactory;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** Where {@code jvmm} begins. */
public final class Main {
    static final int SUCCESS = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        Timeline timeline = new Timeline(System.nanoTime());
        if (System.getProperty("jvmm.train") != null) {
            // A JVM that records an AOT cache writes it on its way out, which halt() cuts short.
            System.exit(train(arguments, timeline));
        }
        int code = run(arguments, timeline, new KvmMachineFactory());
        // Not exit(): there is nothing left for the shutdown sequence to do, and it takes a millisecond.
        Runtime.getRuntime().halt(code);
    }

    /** Goes the ways through the classes that later runs of one kind go. */
    private static int train(String[] arguments, Timeline timeline) {
        if (System.getProperty("jvmm.train").equals("exec")) {
            try {
                return ExecTraining.run();
            } catch (InterruptedException e) {
                return FAILURE;
            }
        }
        return trainBoot(arguments, timeline, new KvmMachineFactory());
    }

    /**
     * Those of hosts with hardware virtualization and those of hosts without, and then with the default guest, which is booted and kept as
     * a template unless it was, and cloned.
     */
    private static int trainBoot(String[] arguments, Timeline timeline, MachineFactory machines) {
        String[] more = Arrays.copyOf(arguments, arguments.length + 2);
        more[arguments.length] = "--acpi";
        more[arguments.length + 1] = "on";
        int code = run(more, timeline, machines);
        more[arguments.length + 1] = "off";
        code = Math.max(code, run(more, timeline, machines));
        for (int i = 0; i < 2 && code == SUCCESS && System.getProperty("jvmm.train").equals("guest"); i++) {
            code = run(new String[]{ "boot", "--quiet", "--", "/bin/true" }, timeline, machines);
        }
        return code;
    }

    static int run(String[] arguments, Timeline timeline, MachineFactory machines) {
        try {
            if (arguments.length > 0 && arguments[0].equals("boot")) {
                BootOptions options = new BootOptions();
                if (new BootArguments(arguments).readInto(options)) {
                    return new BootCommand(options, timeline, machines).run();
                }
            }
            if (arguments.length > 0 && arguments[0].equals("exec")) {
                ExecArguments exec = new ExecArguments(arguments);
                if (exec.read()) {
                    return new ExecCommand(exec).run();
                }
            }
            return new Commands(timeline, machines).execute(arguments);
        } catch (UsageException e) {
            System.err.println("jvmm: " + e.getMessage());
            System.err.println("Try 'jvmm boot --help'.");
            return USAGE;
        } catch (InterruptedException e) {
            return FAILURE;
        } catch (RuntimeException | LinkageError e) {
            report(e);
            return FAILURE;
        }
    }

    /** Our own exceptions say what to do; any other is a mistake of ours, and then the trace is what helps. */
    static void report(Throwable problem) {
        boolean expected = problem.getClass().getName().startsWith("dev.jvmm.")
                || problem instanceof UncheckedIOException;
        if (expected) {
            Throwable cause = problem instanceof UncheckedIOException io
                    && io.getMessage().equals(io.getCause().toString())
                            ? io.getCause()
                            : problem;
            System.err.println("jvmm: " + cause.getMessage());
        } else {
            System.err.println("jvmm: this is a bug in jvmm; please report it with these lines");
        }
        if (!expected || System.getenv("JVMM_DEBUG") != null) {
            problem.printStackTrace();
        }
    }
}
