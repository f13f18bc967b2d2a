package dev.jvmm.cli;

import dev.jvmm.channel.CommandResult;
import dev.jvmm.channel.CommandSession;
import dev.jvmm.channel.GuestIdentity;
import dev.jvmm.channel.RunRequest;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.device.NetSpec;
import dev.jvmm.device.VsockSpec;
import dev.jvmm.linux.Errno;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineFactory;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.MachineRestorer;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.snapshot.TemplateStore;
import dev.jvmm.snapshot.UserCache;
import dev.jvmm.vm.Outcome;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** {@code jvmm boot}: makes a machine, lives with it, and turns its end into an exit code. */
final class BootCommand {
    private static final List<String> SHELL = List.of("/bin/sh", "-l");
    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;
    private static final int KILLED = 128;

    private final BootOptions options;
    private final Timeline timeline;
    private final MachineFactory machines;
    private final BootProgress progress;
    private Optional<Registration> registration = Optional.empty();

    BootCommand(BootOptions options, Timeline timeline, MachineFactory machines) {
        this.options = options;
        this.timeline = timeline;
        this.machines = machines;
        this.progress = new BootProgress(timeline, options.quiet());
    }

    int run() throws InterruptedException {
        options.check();
        if (options.detach() && !Detached.stays()) {
            return Detached.start(options);
        }
        if (options.name().isEmpty() && !options.detach()) {
            return live();
        }
        try (Registration made = Registration.of(options)) {
            registration = Optional.of(made);
            return live();
        }
    }

    private int live() throws InterruptedException {
        Optional<GuestPlan> plan = options.from().isPresent() ? Optional.empty() : Optional.of(GuestPlan.of(options));
        boolean orders = plan.isEmpty() || plan.get().orders();
        if (orders && options.command().isEmpty() && options.console() != BootOptions.Console.TTY
                && options.console() != BootOptions.Console.SOCKET) {
            throw new UsageException("a shell needs --console tty; or give a command behind --");
        }
        if (!orders && !options.mounts().isEmpty()) {
            throw new UsageException("--share with mount=: only jvmm's own init mounts for you; mount it in the guest");
        }
        int code;
        try (Console console = Console.open(options, timeline, progress)) {
            if (registration.isPresent()) {
                console.takeSignals();
            }
            code = orders ? runCommand(plan, console) : runMachine(plan.get().whole(), console);
        } finally {
            progress.done();
        }
        if (options.timing()) {
            System.err.println(timeline.json());
        }
        return code;
    }

    /** Boots what was configured elsewhere, on this console; returns the exit code. */
    int run(MachineConfig config) throws InterruptedException {
        try (Console console = Console.open(options, timeline, progress)) {
            return runMachine(config, console);
        } finally {
            progress.done();
        }
    }

    private void registerStart() {
        if (registration.isPresent()) {
            registration.get().started();
        }
    }

    private int runMachine(MachineConfig config, Console console) throws InterruptedException {
        try (Machine machine = new Careful(console).create(config, progress, console.port(), SerialHost.NONE)) {
            console.attach(machine);
            machine.start();
            console.commandStarted();
            registerStart();
            Outcome outcome = machine.await();
            timeline.mark(Timeline.Step.GUEST_OFF);
            console.finish();
            return exitCode(outcome, console);
        }
    }

    private int runCommand(Optional<GuestPlan> plan, Console console) throws InterruptedException {
        try (OrderedGuest guest = guest(plan, console)) {
            Machine machine = guest.machine();
            CommandSession session = guest.session();
            boolean interactive = options.command().isEmpty();
            // A lone clone's guest is at work while signals are taken; until then one ends the process, and nothing is left of the guest.
            boolean first = interactive || !guest.isClone() || !options.devices().isEmpty()
                    || !options.name().isEmpty();
            if (first) {
                console.attach(machine, session, interactive);
            }
            if (guest.start()) {
                CacheRoom.make(store());
            }
            session.order(GuestIdentity.random(), request(console), input(), guest.filled());
            if (!first) {
                console.attach(machine, session, interactive);
            }
            CommandResult result = session.awaitEnd();
            // What it wrote is on its disks, so a power-off would have nothing to bring to safety, and takes a second.
            machine.stop();
            Outcome outcome = machine.await();
            timeline.mark(Timeline.Step.GUEST_OFF);
            console.finish();
            return console.stopSignal() != 0 ? KILLED + console.stopSignal() : exitCode(result, outcome, console);
        }
    }

    private OrderedGuest guest(Optional<GuestPlan> plan, Console console) {
        OrderedGuest.Source source = new OrderedGuest.Source(
                new Careful(console), progress, console.port(), new Started(console));
        if (plan.isEmpty()) {
            return source.ofTemplate(options.from().orElseThrow(), store(), options.mergeable(), options.devices());
        }
        return options.mayUseTemplate(plan.get()) && machines.restorer().isPresent()
                ? source.ofTemplate(plan.get(), store())
                : source.cold(plan.get());
    }

    private TemplateStore store() {
        return new TemplateStore(UserCache.templates(), progress::warn);
    }

    private RunRequest request(Console console) {
        if (options.command().isEmpty()) {
            String terminal = System.getenv("TERM");
            List<String> environment = List.of("TERM=" + (terminal == null ? "linux" : terminal));
            return new RunRequest(RunRequest.Mode.CONSOLE, console.size().rows(), console.size().columns(), "",
                    ShareMounts.command(options.mounts(), SHELL),
                    environment, options.canWriteDisks());
        }
        return new RunRequest(
                RunRequest.Mode.PIPES, 0, 0, "", ShareMounts.command(options.mounts(), options.command()), List.of(),
                options.canWriteDisks());
    }

    private Optional<InputStream> input() {
        return options.command().isEmpty() ? Optional.empty() : Optional.of(new FileInputStream(FileDescriptor.in));
    }

    private int exitCode(CommandResult result, Outcome outcome, Console console) {
        return switch (result) {
            case CommandResult.Exited exited -> exited.signal() == 0 ? exited.code() : KILLED + exited.signal();
            case CommandResult.NotStarted failure -> {
                progress.error("the guest could not start " + options.command() + ": " + failure.message());
                yield switch (failure.errno()) {
                    case Errno.ENOENT -> NOT_FOUND;
                    case Errno.EACCES -> NOT_EXECUTABLE;
                    default -> Main.FAILURE;
                };
            }
            case CommandResult.Broken broken -> {
                progress.error(broken.message());
                console.printTail();
                yield Main.FAILURE;
            }
            case CommandResult.MachineEnded _ -> {
                if (outcome.orderly() && !timeline.reached(Timeline.Step.COMMAND_STARTED)) {
                    progress.error("the guest ended before it could take the command");
                    console.printTail();
                    yield Main.FAILURE;
                }
                yield exitCode(outcome, console);
            }
        };
    }

    private int exitCode(Outcome outcome, Console console) {
        if (console.stopSignal() != 0) {
            return KILLED + console.stopSignal();
        }
        if (outcome.orderly()) {
            return Main.SUCCESS;
        }
        String words = outcome.detail().isEmpty() ? describe(outcome.kind()) : outcome.detail();
        progress.error(words);
        console.printTail();
        return Main.FAILURE;
    }

    private static String describe(Outcome.Kind kind) {
        return switch (kind) {
            case PANIC -> "the guest's kernel panicked; its console says why";
            case TRIPLE_FAULT -> "the guest crashed (triple fault)";
            case FAILED -> "the machine failed";
            case POWER_OFF, RESET, STOPPED -> "the guest ended";
        };
    }

    /** Makes machines so that a signal leaves nothing of their networks and sockets on this host. */
    private final class Careful implements MachineFactory {
        private final Console console;

        Careful(Console console) {
            this.console = console;
        }

        @Override
        public Machine create(MachineConfig config, MachineListener listener, SerialHost port, SerialHost channel) {
            for (DeviceSpec device : config.devices()) {
                if (device.kind().equals(NetSpec.KIND) || device.kind().equals(VsockSpec.KIND)) {
                    console.takeSignals();
                }
            }
            return machines.create(config, listener, port, channel);
        }

        @Override
        public Optional<MachineRestorer> restorer() {
            return machines.restorer();
        }
    }

    private final class Started implements CommandSession.Observer {
        private final Console console;

        Started(Console console) {
            this.console = console;
        }

        @Override
        public void ready() {
            timeline.mark(Timeline.Step.INIT);
        }

        @Override
        public void started() {
            timeline.mark(Timeline.Step.COMMAND_STARTED);
            progress.done();
            console.commandStarted();
            registerStart();
        }

        @Override
        public void slot(int slot, boolean attached, int errno) {
            if (errno != 0) {
                progress.warn("the guest has no driver for the device in slot " + slot + " (errno " + errno + ")");
            }
        }
    }
}
