package dev.jvmm.runtime.config;

/**
 * What becomes of one key of a file.
 *
 * @param table the table it stands in, as the file names it; empty at the top
 * @param key its name
 * @param position where it is set
 * @param status what becomes of it
 * @param missed whether it asks for something that will not happen
 * @param note a remark for a person, or empty
 */
public record KeyReport(String table, String key, Position position, Status status, boolean missed, String note) {
    /** What becomes of a key. */
    public enum Status {
        /** The backend does what it says. */
        HONOURED("honoured"),
        /** Kata knows it; the backend does not act on it. */
        NOT_YET("not yet"),
        /** Kata does not know it in this table. */
        UNKNOWN("unknown");

        private final String words;

        Status(String words) {
            this.words = words;
        }

        /** The status for a person. */
        public String words() {
            return words;
        }
    }

    /** Table and key, such as {@code hypervisor.jvmm.kernel}. */
    public String dottedPath() {
        return table.isEmpty() ? key : table + "." + key;
    }
}
