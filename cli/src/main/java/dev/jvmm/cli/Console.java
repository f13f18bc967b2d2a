package dev.jvmm.cli;

import dev.jvmm.channel.CommandSession;
import dev.jvmm.channel.SerialPump;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Terminal;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.SerialHost;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The guest's console on this side: this terminal, a file, or a memory of its last words. */
final class Console implements AutoCloseable {
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;
    private static final long DRAIN_MILLIS = 2000;

    private final SerialHost port;
    private final Optional<SerialPump> pump;
    private final Optional<OutputStream> file;
    private final boolean reads;
    private final Optional<ConsoleTail> tail;
    private final InputStream keys;
    private Optional<Terminal> terminal = Optional.empty();
    private Optional<ConsoleInput> input = Optional.empty();
    private Optional<HostSignals> signals = Optional.empty();

    private Console(SerialHost port, Optional<SerialPump> pump, Optional<OutputStream> file, boolean reads,
            Optional<ConsoleTail> tail) {
        this(port, pump, file, reads, tail, new FileInputStream(java.io.FileDescriptor.in));
    }

    private Console(SerialHost port, Optional<SerialPump> pump, Optional<OutputStream> file, boolean reads,
            Optional<ConsoleTail> tail, InputStream keys) {
        this.port = port;
        this.pump = pump;
        this.file = file;
        this.reads = reads;
        this.tail = tail;
        this.keys = keys;
    }

    static Console open(BootOptions options, Timeline timeline, BootProgress progress) {
        boolean command = !options.command().isEmpty();
        return switch (options.console()) {
            case TTY, DEFAULT -> {
                // With a command, standard output is the command's.
                OutputStream out = new FileOutputStream(
                        command ? java.io.FileDescriptor.err : java.io.FileDescriptor.out);
                SerialPump pump = new SerialPump("console", new ConsoleOutput(out, timeline, progress));
                yield new Console(pump, Optional.of(pump), Optional.empty(), !command, Optional.empty());
            }
            case SOCKET -> {
                RunningMachine machine = options.registered().orElseThrow();
                SocketConsole socket = new SocketConsole(machine.file("console.sock"), machine.file("console.log"));
                SerialPump pump = new SerialPump("console", new ConsoleOutput(socket.output(), timeline, progress));
                yield new Console(pump, Optional.of(pump), Optional.of(socket.output()), true, Optional.empty(),
                        socket.input());
            }
            case FILE -> {
                OutputStream out = create(options);
                SerialPump pump = new SerialPump("console", new ConsoleOutput(out, timeline, progress));
                yield new Console(pump, Optional.of(pump), Optional.of(out), false, Optional.empty());
            }
            case OFF -> {
                if (command) {
                    ConsoleTail tail = new ConsoleTail(timeline);
                    yield new Console(tail, Optional.empty(), Optional.empty(), false, Optional.of(tail));
                }
                yield new Console(SerialHost.NONE, Optional.empty(), Optional.empty(), false, Optional.empty());
            }
        };
    }

    private static OutputStream create(BootOptions options) {
        try {
            return new FileOutputStream(options.consoleFile().toFile());
        } catch (FileNotFoundException e) {
            throw new java.io.UncheckedIOException(new IOException("--console file: " + e.getMessage()
                    + ": give a file that can be written", e));
        }
    }

    /** What the machine's first serial port is plugged into. */
    SerialHost port() {
        return port;
    }

    /** Takes the terminal for a machine that gets no orders. */
    void attach(Machine machine) {
        if (reads) {
            takeTerminal(machine);
        }
        if (terminal.isPresent() || signals.isPresent()) {
            takeSignals().ending(machine);
        }
        if (reads) {
            startInput(machine);
        }
    }

    /** Takes the terminal, or the signals, for a command. */
    void attach(Machine machine, CommandSession session, boolean interactive) {
        if (reads) {
            takeTerminal(machine);
            startInput(machine);
        }
        HostSignals installed = takeSignals();
        if (interactive) {
            installed.ending(machine);
        } else {
            installed.forwarding(machine, session);
        }
        if (terminal.isPresent()) {
            installed.onResize(() -> session.resize(size().rows(), size().columns()));
        }
    }

    /**
     * From now on no signal ends the process by itself. For a machine that is about to be made and that leaves something on this host
     * unless it is closed.
     */
    HostSignals takeSignals() {
        if (signals.isEmpty()) {
            signals = Optional.of(HostSignals.install(this::restore));
        }
        return signals.get();
    }

    private void takeTerminal(Machine machine) {
        FileDescriptor keyboard = new FileDescriptor(STANDARD_INPUT);
        if (Terminal.isTerminal(keyboard) && Terminal.isTerminal(new FileDescriptor(STANDARD_OUTPUT))) {
            Terminal found = new Terminal(keyboard);
            // Before the raw mode: whatever ends the process from here on gives the terminal back.
            Runtime.getRuntime().addShutdownHook(new Thread(found::restore, "terminal"));
            if (found.raw()) {
                terminal = Optional.of(found);
            }
        }
    }

    private void startInput(Machine machine) {
        ConsoleInput started = new ConsoleInput(
                keys, pump.orElseThrow(), machine, terminal.isPresent());
        input = Optional.of(started);
        Thread thread = new Thread(started, "keyboard");
        thread.setDaemon(true);
        thread.start();
    }

    /** The guest listens to its console from now on. */
    void commandStarted() {
        input.ifPresent(ConsoleInput::open);
    }

    /** The window's size, zeros where there is none. */
    Terminal.Size size() {
        return terminal.map(Terminal::size).orElse(new Terminal.Size(0, 0));
    }

    /** The signal that ended the machine, or 0. */
    int stopSignal() {
        return signals.isPresent() ? signals.get().stopSignal() : 0;
    }

    /** The machine has ended: waits for its last output to be written. */
    void finish() throws InterruptedException {
        if (pump.isPresent()) {
            pump.get().disconnect();
            pump.get().awaitEnd(DRAIN_MILLIS);
        }
        restore();
    }

    /** What the guest said last, where nobody has seen it. */
    void printTail() {
        if (tail.isPresent()) {
            byte[] last = tail.get().bytes();
            if (last.length > 0) {
                System.err.println("jvmm: the guest's console ended with:");
                System.err.println(new String(last, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}&&[^\n\t]]", ""));
            }
        }
    }

    private void restore() {
        if (terminal.isPresent()) {
            terminal.get().restore();
        }
    }

    @Override
    public void close() {
        restore();
        if (file.isPresent()) {
            try {
                file.get().close();
            } catch (IOException e) {
                System.err.println("jvmm: the console's file is not complete: " + e.getMessage());
            }
        }
    }
}
