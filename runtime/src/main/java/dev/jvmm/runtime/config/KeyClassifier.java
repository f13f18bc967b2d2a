package dev.jvmm.runtime.config;

import dev.jvmm.config.Nearest;
import dev.jvmm.runtime.config.KeyReport.Status;
import dev.jvmm.runtime.config.Problem.Severity;
import dev.jvmm.runtime.config.TomlDocument.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says of every value of a document what becomes of it, and collects the wrong types. */
final class KeyClassifier {
    private final Backend backend;
    private final List<KeyReport> reports = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    KeyClassifier(Backend backend) {
        this.backend = backend;
    }

    List<KeyReport> reports() {
        return reports;
    }

    List<Problem> problems() {
        return problems;
    }

    void classify(TomlDocument document) {
        document.values().forEach(this::classify);
        for (Entry table : document.tables()) {
            KataKeys.find(catalogueTable(table.path()), table.name()).ifPresent(key -> wrongType(key, table));
        }
    }

    private void classify(Entry entry) {
        String table = catalogueTable(entry.path());
        Optional<KnownKey> known = KataKeys.find(table, entry.name());
        if (known.isEmpty()) {
            unknown(table, entry);
            return;
        }
        KnownKey key = known.get();
        if (!key.type().accepts(entry.value())) {
            wrongType(key, entry);
        }
        if (backend.honours(key)) {
            report(entry, Status.HONOURED, false, honouredNote(key));
        } else {
            notYet(key, entry);
        }
    }

    private void wrongType(KnownKey key, Entry entry) {
        String message = "must be " + key.type().words() + ", not " + KeyType.describe(entry.value());
        problems.add(new Problem(Severity.ERROR, entry.position(), entry.dottedPath(), message));
    }

    /** {@code hypervisor} for {@code hypervisor.NAME}; other tables have one name everywhere. */
    private static String catalogueTable(List<String> path) {
        boolean ofBackend = path.size() == 3 && path.getFirst().equals(KataKeys.HYPERVISOR);
        return ofBackend ? KataKeys.HYPERVISOR : String.join(".", path.subList(0, path.size() - 1));
    }

    private String honouredNote(KnownKey key) {
        boolean unused = backend == Backend.JVMM && key.name().equals("path");
        return unused ? "not needed: jvmm runs inside this process" : "";
    }

    private void notYet(KnownKey key, Entry entry) {
        if (key.asksForNothing(entry.value())) {
            report(entry, Status.NOT_YET, false, "asks for nothing");
            return;
        }
        report(entry, Status.NOT_YET, true, "");
        warn(entry, "not supported yet, so it has no effect");
    }

    private void unknown(String table, Entry entry) {
        String hint = hint(table, entry.name());
        report(entry, Status.UNKNOWN, true, hint);
        warn(entry, "Kata knows no such key here, so it has no effect" + (hint.isEmpty() ? "" : ": " + hint));
    }

    private static String hint(String table, String name) {
        List<String> here = KataKeys.of(table).stream().map(KnownKey::name).toList();
        Optional<String> near = Nearest.to(name, here);
        if (near.isPresent()) {
            return "did you mean '" + near.get() + "'?";
        }
        for (String other : KataKeys.tables()) {
            if (KataKeys.find(other, name).isPresent()) {
                String heading = other.equals(KataKeys.HYPERVISOR) ? "hypervisor.NAME" : other;
                return "it belongs into [" + heading + "]";
            }
        }
        return here.isEmpty() ? "no table [" + table + "] either" : "";
    }

    private void report(Entry entry, Status status, boolean missed, String note) {
        reports.add(new KeyReport(entry.table(), entry.name(), entry.position(), status, missed, note));
    }

    private void warn(Entry entry, String message) {
        problems.add(new Problem(Severity.WARNING, entry.position(), entry.dottedPath(), message));
    }
}
