package dev.jvmm.cli;

import dev.jvmm.channel.CommandSession;
import dev.jvmm.machine.Machine;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * SIGINT, SIGTERM and SIGHUP while there is a command or a terminal to look after. Without either the JVM's own handling ends
 * the process with the right code and this class, which costs start-up time, is not touched.
 */
final class HostSignals {
    private static final String[] ENDING = { "INT", "TERM", "HUP" };
    private static final int SIGINT = 2;
    private static final long GRACE_MILLIS = 5000;
    private static final int KILLED = 128;

    private final Machine machine;
    private final Optional<CommandSession> session;
    private final Runnable cleanUp;
    private int stopSignal;
    private boolean forwarded;

    private HostSignals(Machine machine, Optional<CommandSession> session, Runnable cleanUp) {
        this.machine = machine;
        this.session = session;
        this.cleanUp = cleanUp;
    }

    /** A signal ends the machine at once. */
    static HostSignals ending(Machine machine, Runnable cleanUp) {
        return install(new HostSignals(machine, Optional.empty(), cleanUp));
    }

    /** A signal goes to the command, when it runs; a second one, or a command that does not end, ends the machine. */
    static HostSignals forwarding(Machine machine, CommandSession session, Runnable cleanUp) {
        return install(new HostSignals(machine, Optional.of(session), cleanUp));
    }

    private static HostSignals install(HostSignals signals) {
        for (String name : ENDING) {
            handle(name, signals::received);
        }
        return signals;
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
    private static void handle(String name, IntConsumer action) {
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
        synchronized (this) {
            first = !forwarded && stopSignal == 0;
            forwarded = true;
        }
        if (first && session.isPresent() && session.get().signal(number)) {
            if (number != SIGINT) {
                pause();
                end(number);
            }
            return;
        }
        end(number);
    }

    private void end(int number) {
        synchronized (this) {
            if (stopSignal == 0) {
                stopSignal = number;
            }
        }
        machine.stop();
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
