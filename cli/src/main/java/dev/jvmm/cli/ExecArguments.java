package dev.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The arguments of {@code exec}, read by hand: picocli would cost more than the whole command. What is not plainly right is left to it,
 * which explains.
 */
final class ExecArguments {
    private final String[] arguments;
    private final List<String> environment = new ArrayList<>();
    private boolean interactive;
    private boolean terminal;
    private boolean timing;
    private String user = "";
    private String folder = "";
    private String machine = "";
    private List<String> command = List.of();

    ExecArguments(String[] arguments) {
        this.arguments = arguments;
    }

    /** Of what picocli has read. */
    ExecArguments(boolean interactive, boolean terminal, boolean timing, Optional<String> user, Optional<String> folder,
            List<String> environment, String machine, List<String> command) {
        this.arguments = new String[0];
        this.interactive = interactive;
        this.terminal = terminal;
        this.timing = timing;
        this.user = user.orElse("");
        this.folder = folder.orElse("");
        this.environment.addAll(environment);
        this.machine = machine;
        this.command = command;
    }

    /** Returns false when picocli has to look. */
    boolean read() {
        int at = 1;
        while (at < arguments.length && arguments[at].startsWith("-")) {
            String option = arguments[at++];
            switch (option) {
                case "-i" -> interactive = true;
                case "-t" -> terminal = true;
                case "--timing" -> timing = true;
                case "-it", "-ti" -> {
                    interactive = true;
                    terminal = true;
                }
                default -> {
                    if (at == arguments.length || !takeValue(option, arguments[at++])) {
                        return false;
                    }
                }
            }
        }
        if (at == arguments.length) {
            return false;
        }
        machine = arguments[at++];
        if (at < arguments.length && arguments[at].equals("--")) {
            at++;
        }
        command = List.of(arguments).subList(at, arguments.length);
        return !command.isEmpty();
    }

    private boolean takeValue(String option, String value) {
        switch (option) {
            case "-u" -> user = value;
            case "-w" -> folder = value;
            case "-e" -> environment.add(value);
            default -> {
                return false;
            }
        }
        return true;
    }

    boolean interactive() {
        return interactive;
    }

    boolean terminal() {
        return terminal;
    }

    boolean timing() {
        return timing;
    }

    /** A name or number, with a group behind a colon if need be; empty: the superuser. */
    String user() {
        return user;
    }

    /** Empty: the user's own. */
    String folder() {
        return folder;
    }

    /** NAME=VALUE, or the NAME of a variable here. */
    List<String> environment() {
        return environment;
    }

    String machine() {
        return machine;
    }

    List<String> command() {
        return command;
    }
}
