package dev.jvmm.cli;

import dev.jvmm.channel.CommandSession;
import dev.jvmm.machine.Machine;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * SIGINT, SIGTERM and SIGHUP while there is a command, a terminal or a network to look after. Without any the JVM's own handling ends
 * the process with the right code and this class, which costs start-up time, is not touched.
 */
final class HostSignals {
    static final String[] ENDING = { "INT", "TERM", "HUP" };
    private static final int SIGINT = 2;
    private static final long GRACE_MILLIS = 5000;
    static final int KILLED = 128;

    private final Runnable cleanUp;

    /** Absent while it is being made. */
    private Optional<Machine> machine = Optional.empty();

    private Optional<CommandSession> session = Optional.empty();
    private int stopSignal;
    private boolean forwarded;

    private HostSignals(Runnable cleanUp) {
        this.cleanUp = cleanUp;
    }

    /** Takes the signals; one that comes before there is a machine ends it when it is there, so that all it has opened is closed. */
    static HostSignals install(Runnable cleanUp) {
        HostSignals signals = new HostSignals(cleanUp);
        for (String name : ENDING) {
            handle(name, signals::received);
        }
        return signals;
    }

    /** A signal ends the machine at once. */
    void ending(Machine made) {
        attach(made, Optional.empty());
    }

    /** A signal goes to the command, when it runs; a second one, or a command that does not end, ends the machine. */
    void forwarding(Machine made, CommandSession to) {
        attach(made, Optional.of(to));
    }

    private void attach(Machine made, Optional<CommandSession> to) {
        boolean late;
        synchronized (this) {
            machine = Optional.of(made);
            session = to;
            late = stopSignal != 0;
        }
        if (late) {
            made.stop();
        }
    }

    /** Calls back when the terminal's window has changed. */
    void onResize(Runnable callback) {
        handle("WINCH", _ -> callback.run());
    }

    /** The signal that ended the machine, or 0. */
    synchronized int stopSignal() {
        return stopSignal;
    }

    /**
     * {@code sun.misc.Signal}, which jdk.unsupported exports but javac warns about without remedy: by reflection.
     */
    static void handle(String name, IntConsumer action) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    HostSignals.class.getClassLoader(), new Class<?>[]{ handlerType }, (_, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.accept((int) signalType.getMethod("getNumber").invoke(arguments[0]));
                        }
                        return null;
                    });
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this JDK has no sun.misc.Signal", e);
        }
    }

    private void received(int number) {
        boolean first;
        Optional<CommandSession> command;
        synchronized (this) {
            first = !forwarded && stopSignal == 0;
            forwarded = true;
            command = session;
        }
        if (first && command.isPresent() && command.get().signal(number)) {
            if (number != SIGINT) {
                pause();
                end(number);
            }
            return;
        }
        end(number);
    }

    private void end(int number) {
        Optional<Machine> made;
        synchronized (this) {
            if (stopSignal == 0) {
                stopSignal = number;
            }
            made = machine;
        }
        if (made.isPresent()) {
            made.get().stop();
        }
        pause();
        // The main thread should have ended the process by now.
        cleanUp.run();
        Runtime.getRuntime().halt(KILLED + number);
    }

    private static void pause() {
        try {
            Thread.sleep(GRACE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
