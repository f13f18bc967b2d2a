package dev.jvmm.runtime.config;

import dev.jvmm.runtime.config.Problem.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** A parsed TOML file: its values and tables, each with its position. */
final class TomlDocument {
    /** More would only repeat the first ones. */
    private static final int MAX_ERRORS = 20;

    private static final String KEY_CHARACTERS = "._-\"'";

    /**
     * A value or a table.
     *
     * @param path the names that lead to it
     * @param value a String, Long, Double, Boolean, a date or time, TomlArray, or TomlTable
     */
    record Entry(List<String> path, Position position, Object value) {
        boolean isTable() {
            return value instanceof TomlTable;
        }

        /** The last name. */
        String name() {
            return path.getLast();
        }

        /** The names before the last, joined with dots. */
        String table() {
            return String.join(".", path.subList(0, path.size() - 1));
        }

        String dottedPath() {
            return String.join(".", path);
        }
    }

    private final TomlParseResult parsed;

    private TomlDocument(TomlParseResult parsed) {
        this.parsed = parsed;
    }

    /** @throws ConfigurationException with all syntax errors */
    static TomlDocument parse(Path file, String text) {
        TomlParseResult parsed;
        try {
            parsed = Toml.parse(text);
        } catch (StackOverflowError e) {
            // The parser recurses for each bracket; only a file made to break it nests thousands of them.
            Problem problem = new Problem(Severity.ERROR, Position.START, "", "arrays or tables nest too deeply");
            throw new ConfigurationException(file, List.of(problem));
        }
        if (parsed.hasErrors()) {
            throw new ConfigurationException(file, problems(parsed.errors(), text.lines().toList()));
        }
        return new TomlDocument(parsed);
    }

    private static List<Problem> problems(List<TomlParseError> errors, List<String> lines) {
        List<Problem> problems = new ArrayList<>();
        for (TomlParseError error : errors.subList(0, Math.min(errors.size(), MAX_ERRORS))) {
            Position position = position(error.position());
            String line = position.line() <= lines.size() ? lines.get(position.line() - 1) : "";
            problems.add(new Problem(Severity.ERROR, position, keyOn(line), error.getMessage()));
        }
        problems.sort(Comparator.comparing(Problem::position));
        return problems;
    }

    /** The key that a line sets, as well as can be told of a line that may not be TOML; empty when it sets none. */
    private static String keyOn(String line) {
        int equals = line.indexOf('=');
        String key = equals < 0 ? "" : line.substring(0, equals).strip();
        for (int i = 0; i < key.length(); i++) {
            if (!Character.isLetterOrDigit(key.charAt(i)) && KEY_CHARACTERS.indexOf(key.charAt(i)) < 0) {
                return "";
            }
        }
        return key;
    }

    private static Position position(TomlPosition position) {
        return new Position(position.line(), position.column());
    }

    /** The value or table at a path. */
    Optional<Entry> find(List<String> path) {
        return parsed.contains(path) ? Optional.of(entry(path)) : Optional.empty();
    }

    private Entry entry(List<String> path) {
        Object value = path.isEmpty() ? parsed : parsed.get(path);
        return new Entry(List.copyOf(path), position(parsed.inputPositionOf(path)), value);
    }

    /** All values that are not tables, in the order of the file. */
    List<Entry> values() {
        return parsed.keyPathSet().stream().map(this::entry).sorted(Comparator.comparing(Entry::position)).toList();
    }

    /** All tables, in the order of the file. */
    List<Entry> tables() {
        return parsed.keyPathSet(true).stream()
                .map(this::entry)
                .filter(Entry::isTable)
                .sorted(Comparator.comparing(Entry::position))
                .toList();
    }

    /** What the table {@code name} at the top holds, tables or not, in the order of the file; empty when it is no table. */
    List<Entry> under(String name) {
        if (!(parsed.get(List.of(name)) instanceof TomlTable table)) {
            return List.of();
        }
        return table.keySet().stream()
                .map(key -> entry(List.of(name, key)))
                .sorted(Comparator.comparing(Entry::position))
                .toList();
    }
}
