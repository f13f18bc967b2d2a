package dev.jvmm.boot;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A kernel's command line: words separated by spaces, where double quotes hold a word with spaces together, as
 * lib/cmdline.c of Linux reads it. Of two words of one name Linux mostly obeys the later. What follows the word {@code --}
 * is for init, so words are added in front of it. Immutable.
 */
public final class CommandLine {
    /** No words at all. */
    public static final CommandLine EMPTY = new CommandLine("", "");

    private static final String SEPARATOR = "--";

    private final String kernel;
    private final String init;

    private CommandLine(String kernel, String init) {
        this.kernel = kernel;
        this.init = init;
    }

    /**
     * A line as a user gives it.
     *
     * @throws BootException when it holds a NUL or a line break
     */
    public static CommandLine of(String line) {
        check(line);
        int at = 0;
        while (at < line.length()) {
            int end = endOfWord(line, at);
            if (end - at == SEPARATOR.length() && line.startsWith(SEPARATOR, at)) {
                return new CommandLine(line.substring(0, at).strip(), line.substring(end).strip());
            }
            at = end + 1;
        }
        return new CommandLine(line.strip(), "");
    }

    private static void check(String line) {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == 0 || c == '\n' || c == '\r') {
                throw new BootException("kernel command line: " + (c == 0 ? "a NUL" : "a line break") + " at character "
                        + i + "; give one line of plain words");
            }
        }
    }

    private static int endOfWord(String line, int start) {
        boolean quoted = false;
        int at = start;
        while (at < line.length() && (quoted || line.charAt(at) != ' ')) {
            quoted ^= line.charAt(at) == '"';
            at++;
        }
        return at;
    }

    private static String join(String first, String second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first + second;
        }
        return first + " " + second;
    }

    /** Adds words behind those for the kernel, so that they win. */
    public CommandLine append(String words) {
        CommandLine other = of(words);
        return new CommandLine(join(kernel, other.kernel), join(init, other.init));
    }

    /** Adds words in front of all others, so that those win: defaults. */
    public CommandLine prepend(String words) {
        CommandLine other = of(words);
        return new CommandLine(join(other.kernel, kernel), join(other.init, init));
    }

    /**
     * Adds the word by which a kernel without ACPI finds a virtio-mmio device.
     *
     * @param size of its registers in bytes
     * @param address guest-physical
     * @param irq its global interrupt number
     * @see <a href="https://docs.kernel.org/admin-guide/kernel-parameters.html">virtio_mmio.device=</a>
     */
    public CommandLine virtioMmio(long size, long address, int irq) {
        return append("virtio_mmio.device=" + size + "@" + Hex.of(address) + ":" + irq);
    }

    /** As {@link #virtioMmio(long, long, int)}, with the number of the platform device. */
    public CommandLine virtioMmio(long size, long address, int irq, int id) {
        return append("virtio_mmio.device=" + size + "@" + Hex.of(address) + ":" + irq + ":" + id);
    }

    /** The words for the kernel, in order, quotes kept. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (at < kernel.length()) {
            int end = endOfWord(kernel, at);
            if (end > at) {
                words.add(kernel.substring(at, end));
            }
            at = end + 1;
        }
        return words;
    }

    /** What the last word {@code name=value} says, "" for a bare {@code name}, empty when there is none. */
    public Optional<String> last(String name) {
        Optional<String> found = Optional.empty();
        List<String> words = words();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals(name)) {
                found = Optional.of("");
            } else if (word.startsWith(name) && word.charAt(name.length()) == '=') {
                found = Optional.of(unquote(word.substring(name.length() + 1)));
            }
        }
        return found;
    }

    private static String unquote(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    /**
     * The bytes with a final NUL.
     *
     * @param max bytes the kernel reads, without the NUL
     * @throws BootException when there are more
     */
    byte[] bytes(int max) {
        byte[] text = (toString() + '\0').getBytes(StandardCharsets.UTF_8);
        if (text.length - 1 > max) {
            throw new BootException(
                    "kernel command line: " + (text.length - 1) + " bytes, but this kernel reads at most "
                            + max + "; leave words out");
        }
        return text;
    }

    @Override
    public String toString() {
        return init.isEmpty() ? kernel : join(kernel, SEPARATOR + " " + init);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CommandLine line && kernel.equals(line.kernel) && init.equals(line.init);
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }
}
