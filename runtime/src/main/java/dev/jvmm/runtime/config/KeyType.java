package dev.jvmm.runtime.config;

import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/** What a key's value may be. */
public enum KeyType {
    /** {@code true} or {@code false}. */
    BOOLEAN("true or false"),
    /** A whole number of 64 bits. */
    INTEGER("a whole number"),
    /** A whole number or one with a fraction. */
    NUMBER("a number"),
    /** Text in quotes. */
    STRING("text in quotes"),
    /** A list of texts. */
    LIST("a list of texts in quotes");

    private final String words;

    KeyType(String words) {
        this.words = words;
    }

    /** The type for a person. */
    public String words() {
        return words;
    }

    /** Whether a value as the TOML parser gives it is of this type. */
    boolean accepts(Object value) {
        return switch (this) {
            case BOOLEAN -> value instanceof Boolean;
            case INTEGER -> value instanceof Long;
            case NUMBER -> value instanceof Long || value instanceof Double;
            case STRING -> value instanceof String;
            case LIST -> value instanceof TomlArray list && list.toList().stream().allMatch(String.class::isInstance);
        };
    }

    /** What a value is, for a person. */
    static String describe(Object value) {
        return switch (value) {
            case Boolean bool -> bool.toString();
            case Long number -> "the number " + number;
            case Double number -> "the number " + number;
            case String text -> "the text \"" + shorten(text) + "\"";
            case TomlArray list -> isOfTables(list) ? "an array of tables" : "a list";
            case TomlTable _ -> "a table";
            default -> "the date or time " + value;
        };
    }

    /** Whether a list is one of tables, which {@code [[name]]} makes. */
    static boolean isOfTables(TomlArray list) {
        return !list.isEmpty() && list.toList().stream().allMatch(TomlTable.class::isInstance);
    }

    private static String shorten(String text) {
        return text.length() <= 40 ? text : text.substring(0, 37) + "...";
    }

    /** A value as the key table writes it: a text as it is, an empty one as {@code ""}, an empty list as {@code []}. */
    static String plain(Object value) {
        if (value instanceof TomlArray list) {
            return list.isEmpty() ? "[]" : "[...]";
        }
        String text = value.toString();
        return text.isEmpty() ? "\"\"" : text;
    }
}
