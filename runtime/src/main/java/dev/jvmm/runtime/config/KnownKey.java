package dev.jvmm.runtime.config;

/**
 * A key of Kata's configuration files.
 *
 * @param table {@code hypervisor} for the table of a backend, else the table's own name, such as {@code agent.kata}
 * @param name the key
 * @param type what its value may be
 * @param stock the stock backends whose files have it, by the letters of the key table
 * @param off the value that asks for nothing, as the key table writes it
 */
record KnownKey(String table, String name, KeyType type, String stock, String off) {
    /** Whether a backend that can do nothing about this key still does what the file says. */
    boolean asksForNothing(Object value) {
        return off.equals("*") || KeyType.plain(value).equals(off);
    }
}
