package dev.jvmm.runtime.config;

/**
 * Something in a configuration file that its owner should know.
 *
 * @param severity whether the file can be used all the same
 * @param position where in the file
 * @param key the key or table meant, such as {@code hypervisor.jvmm.kernel}; empty where there is none
 * @param message what is wrong and what would be right
 */
public record Problem(Severity severity, Position position, String key, String message) {
    /** How bad it is. */
    public enum Severity {
        /** The file can not be used. */
        ERROR,
        /** It can, but does not mean all it says. */
        WARNING
    }

    /** The problem on one line, as compilers write theirs: {@code file:line:column: severity: key: message}. */
    public String describe(String file) {
        String where = file + ":" + position.line() + ":" + position.column() + ": ";
        String kind = severity == Severity.ERROR ? "error: " : "warning: ";
        return where + kind + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
