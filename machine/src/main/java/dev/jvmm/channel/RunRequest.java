package dev.jvmm.channel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A command for the guest.
 *
 * @param mode where its input comes from and its output goes
 * @param rows of the terminal, 0 to 65535; 0 when there is none
 * @param columns of the terminal
 * @param directory the working directory; empty for the guest's default
 * @param arguments the program and its arguments, at least one
 * @param environment {@code NAME=value} each
 * @param sync whether what the guest has written shall be on its disks before the end of the command is told
 */
public record RunRequest(
        Mode mode, int rows, int columns, String directory, List<String> arguments, List<String> environment,
        boolean sync) {
    /** The RUN flags. */
    public enum Mode {
        /** Three pipes, carried by the channel. */
        PIPES(0),
        /** The guest's console as controlling terminal; the channel carries no data. */
        CONSOLE(1),
        /** A pseudo-terminal, carried by the channel. */
        PTY(2);

        private final int flags;

        Mode(int flags) {
            this.flags = flags;
        }
    }

    private static final int SYNC = 4;
    private static final int FIXED = 12;
    private static final int COUNT_MAX = 0xFFFF;

    /** Checks what the wire can not carry. */
    public RunRequest {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("a command has at least one word");
        }
        if (arguments.size() > COUNT_MAX || environment.size() > COUNT_MAX) {
            throw new ChannelException("a command with more than " + COUNT_MAX + " arguments or variables");
        }
    }

    /** A command that leaves nothing on disks. */
    public RunRequest(
            Mode mode, int rows, int columns, String directory, List<String> arguments, List<String> environment) {
        this(mode, rows, columns, directory, arguments, environment, false);
    }

    /**
     * The RUN frame.
     *
     * @throws ChannelException when a word has a NUL in it or all of them are too long
     */
    public Frame frame() {
        ByteArrayOutputStream words = new ByteArrayOutputStream();
        append(words, directory);
        for (String argument : arguments) {
            append(words, argument);
        }
        for (String variable : environment) {
            append(words, variable);
        }
        if (words.size() > Frame.RUN_MAX - FIXED) {
            throw new ChannelException(
                    "a command of " + words.size() + " bytes: the limit is " + (Frame.RUN_MAX - FIXED)
                            + "; pass long input on standard input");
        }
        ByteBuffer payload = ByteBuffer.allocate(FIXED + words.size()).order(ByteOrder.LITTLE_ENDIAN);
        payload.putInt(mode.flags | (sync ? SYNC : 0)).putShort((short) rows).putShort((short) columns);
        payload.putShort((short) arguments.size()).putShort((short) environment.size());
        payload.put(words.toByteArray());
        return new Frame(FrameType.RUN, payload.array());
    }

    private static void append(ByteArrayOutputStream words, String word) {
        if (word.indexOf('\0') >= 0) {
            throw new ChannelException("a command can not have a NUL character in it");
        }
        words.writeBytes(word.getBytes(StandardCharsets.UTF_8));
        words.write(0);
    }
}
