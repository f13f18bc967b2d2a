package dev.jvmm.runtime.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The keys of Kata's configuration files, read from {@code kata-keys.txt}. */
final class KataKeys {
    /** The table of a backend, whatever the backend's name. */
    static final String HYPERVISOR = "hypervisor";

    private static final String RESOURCE = "kata-keys.txt";
    private static final List<KnownKey> ALL = load();

    private KataKeys() {}

    /** The key of this name in this table. */
    static Optional<KnownKey> find(String table, String name) {
        return ALL.stream().filter(key -> key.table().equals(table) && key.name().equals(name)).findFirst();
    }

    /** All keys of a table. */
    static List<KnownKey> of(String table) {
        return ALL.stream().filter(key -> key.table().equals(table)).toList();
    }

    /** The tables that have keys, the backend's first. */
    static List<String> tables() {
        return ALL.stream().map(KnownKey::table).distinct().toList();
    }

    private static List<KnownKey> load() {
        try (InputStream in = KataKeys.class.getResourceAsStream(RESOURCE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            List<KnownKey> keys = new ArrayList<>();
            String table = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("[")) {
                    table = line.substring(1, line.length() - 1);
                } else if (!line.isEmpty() && !line.startsWith("#")) {
                    keys.add(row(table, line.split(" +")));
                }
            }
            return List.copyOf(keys);
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE, e);
        }
    }

    private static KnownKey row(String table, String[] columns) {
        KeyType type = KeyType.valueOf(columns[1].toUpperCase(Locale.ROOT));
        return new KnownKey(table, columns[0], type, columns[2], columns[3]);
    }
}
