package dev.jvmm.runtime.config;

import dev.jvmm.runtime.config.Problem.Severity;
import dev.jvmm.runtime.config.TomlDocument.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tomlj.TomlArray;

/** Finds the one {@code [hypervisor.NAME]} table of a file, or says what is there instead. */
final class BackendTable {
    private final TomlDocument document;
    private final List<Problem> problems = new ArrayList<>();

    BackendTable(TomlDocument document) {
        this.document = document;
    }

    List<Problem> problems() {
        return problems;
    }

    /** The table; empty when there is not exactly one, which is a problem then. */
    Optional<Entry> find() {
        Optional<Entry> top = document.find(List.of(KataKeys.HYPERVISOR));
        if (top.isPresent() && !top.get().isTable()) {
            error(top.get(), "must be a table, [hypervisor.NAME], not " + KeyType.describe(top.get().value()));
            return Optional.empty();
        }
        List<Entry> children = document.under(KataKeys.HYPERVISOR);
        List<Entry> tables = children.stream().filter(Entry::isTable).toList();
        for (Entry child : children) {
            if (!child.isTable()
                    && (tables.isEmpty() || child.value() instanceof TomlArray list && KeyType.isOfTables(list))) {
                error(child, "must be a table, [hypervisor.NAME], not " + KeyType.describe(child.value()));
            }
        }
        if (tables.size() == 1 && problems.isEmpty()) {
            return Optional.of(tables.getFirst());
        }
        if (tables.size() > 1) {
            tooMany(tables);
        } else if (problems.isEmpty()) {
            none(top);
        }
        return Optional.empty();
    }

    private void tooMany(List<Entry> tables) {
        StringBuilder others = new StringBuilder();
        for (Entry table : tables) {
            others.append(others.isEmpty() ? "" : ", ").append('[').append(table.dottedPath()).append("] on line ");
            others.append(table.position().line());
        }
        error(tables.get(1), "only one hypervisor may be configured, this file has " + tables.size() + ": " + others);
    }

    private void none(Optional<Entry> top) {
        List<Entry> tables = document.tables().stream().filter(entry -> entry.path().size() == 1).toList();
        StringBuilder found = new StringBuilder();
        for (Entry table : tables) {
            found.append(found.isEmpty() ? "; found " : ", ").append('[').append(table.dottedPath())
                    .append("] on line ");
            found.append(table.position().line());
        }
        Position position = top.map(Entry::position).orElse(Position.START);
        String message = "no table names the hypervisor: write [hypervisor.jvmm] or [hypervisor.qemu]" + found;
        problems.add(new Problem(Severity.ERROR, position, KataKeys.HYPERVISOR, message));
    }

    private void error(Entry entry, String message) {
        problems.add(new Problem(Severity.ERROR, entry.position(), entry.dottedPath(), message));
    }
}
