package dev.jvmm.runtime.config;

import dev.jvmm.runtime.config.KeyReport.Status;
import dev.jvmm.runtime.config.Problem.Severity;
import dev.jvmm.runtime.config.TomlDocument.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What a configuration file comes to: the backend, what becomes of each key, and what is wrong. Immutable. */
public final class ConfigurationReport {
    private final Path file;
    private final Optional<Backend> backend;
    private final List<KeyReport> keys;
    private final List<Problem> problems;
    private final Optional<RuntimeConfiguration> configuration;

    private ConfigurationReport(
            Path file,
            Optional<Backend> backend,
            List<KeyReport> keys,
            List<Problem> problems,
            Optional<RuntimeConfiguration> configuration) {
        this.file = file;
        this.backend = backend;
        this.keys = List.copyOf(keys);
        this.problems = problems.stream().sorted(Comparator.comparing(Problem::position)).toList();
        this.configuration = configuration;
    }

    /** Reads and judges a file. What is wrong with it is in the report; nothing is thrown for it. */
    public static ConfigurationReport of(Path file) {
        return of(file, Runtime.getRuntime().availableProcessors());
    }

    /** @param hostCpus processors that this process may use */
    static ConfigurationReport of(Path file, int hostCpus) {
        TomlDocument document;
        try {
            document = TomlDocument.parse(file, ConfigurationText.read(file));
        } catch (ConfigurationException e) {
            return new ConfigurationReport(file, Optional.empty(), List.of(), e.problems(), Optional.empty());
        }
        BackendTable tables = new BackendTable(document);
        Optional<Entry> table = tables.find();
        List<Problem> problems = new ArrayList<>(tables.problems());
        Optional<Backend> backend = table.flatMap(entry -> Backend.named(entry.name()));
        if (table.isPresent() && backend.isEmpty()) {
            String refusal = Backend.refusal(table.get().name());
            problems.add(new Problem(Severity.ERROR, table.get().position(), table.get().dottedPath(), refusal));
        }
        if (backend.isEmpty()) {
            return new ConfigurationReport(file, backend, List.of(), problems, Optional.empty());
        }
        KeyClassifier keys = new KeyClassifier(backend.get());
        keys.classify(document);
        problems.addAll(keys.problems());
        HypervisorSettings settings = new HypervisorSettings(file, document, table.get(), backend.get(), hostCpus);
        Optional<RuntimeConfiguration> configuration = settings.read();
        problems.addAll(settings.problems());
        return new ConfigurationReport(file, backend, keys.reports(), problems, configuration);
    }

    /** The file, as it was named. */
    public Path file() {
        return file;
    }

    /** The backend, when the file names one that this runtime has. */
    public Optional<Backend> backend() {
        return backend;
    }

    /** Every key of the file, in its order; none when the file has no backend of ours. */
    public List<KeyReport> keys() {
        return keys;
    }

    /** Errors and warnings, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }

    /** The problems for which the file can not be used. */
    public List<Problem> errors() {
        return problems.stream().filter(problem -> problem.severity() == Severity.ERROR).toList();
    }

    /** How many keys have this status. */
    public long count(Status status) {
        return keys.stream().filter(key -> key.status() == status).count();
    }

    /** Whether nothing is wrong: no errors, no unknown keys. A key that is not supported yet is not wrong. */
    public boolean clean() {
        return errors().isEmpty() && count(Status.UNKNOWN) == 0;
    }

    /**
     * What to boot.
     *
     * @throws ConfigurationException when there are errors
     */
    public RuntimeConfiguration configuration() {
        List<Problem> errors = errors();
        if (!errors.isEmpty()) {
            throw new ConfigurationException(file, errors);
        }
        return configuration.orElseThrow();
    }

    /**
     * What to boot, if a guest can come up without the keys that are not supported yet.
     *
     * @throws ConfigurationException when there are errors, or the guest's root would be missing
     */
    public RuntimeConfiguration bootable() {
        RuntimeConfiguration found = configuration();
        for (KeyReport key : keys) {
            if (key.missed()
                    && key.dottedPath().equals(KataKeys.HYPERVISOR + "." + found.backend().table() + ".image")) {
                String message = "an image is not supported yet: boot from an initrd instead";
                Problem problem = new Problem(Severity.ERROR, key.position(), key.dottedPath(), message);
                throw new ConfigurationException(file, List.of(problem));
            }
        }
        return found;
    }
}
