package dev.jvmm.runtime.config;

import dev.jvmm.config.ConfigException;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.runtime.config.Problem.Severity;
import dev.jvmm.runtime.config.TomlDocument.Entry;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a configuration out of the keys of a hypervisor table that are honoured. Values of the wrong type are left out here:
 * {@link KeyClassifier} has reported them.
 */
final class HypervisorSettings {
    private static final long DEFAULT_MEMORY_MIB = 2048;
    private static final int MIB_SHIFT = 20;
    private static final String DEFAULT_QEMU = "/usr/bin/qemu-system-x86_64";

    private final Path file;
    private final TomlDocument document;
    private final Entry table;
    private final Backend backend;
    private final int hostCpus;
    private final List<Problem> problems = new ArrayList<>();

    HypervisorSettings(Path file, TomlDocument document, Entry table, Backend backend, int hostCpus) {
        this.file = file;
        this.document = document;
        this.table = table;
        this.backend = backend;
        this.hostCpus = hostCpus;
    }

    List<Problem> problems() {
        return problems;
    }

    /** The configuration; empty when something in it is wrong, here or in the types. */
    Optional<RuntimeConfiguration> read() {
        Path binary = binary();
        Optional<Path> kernel = kernel();
        Optional<Path> initrd = given("initrd").flatMap(this::readable);
        imageXorInitrd();
        MachineConfig.Builder builder = MachineConfig.builder(kernel.orElse(Path.of("")));
        initrd.ifPresent(builder::initrd);
        builder.cpus(cpus());
        attempt("default_memory", builder.memory(memory()));
        String line = KernelParameters.withDefaults(value("kernel_params", String.class).orElse(""));
        Optional<MachineConfig> machine = attempt("kernel_params", builder.commandLine(line));
        return problems.isEmpty()
                ? machine.map(config -> new RuntimeConfiguration(file, backend, binary, config))
                : Optional.empty();
    }

    private Optional<MachineConfig> attempt(String key, MachineConfig.Builder builder) {
        try {
            return Optional.of(builder.build());
        } catch (ConfigException e) {
            // A wrong value stays in the builder and is refused again by each later attempt.
            if (problems.stream().noneMatch(problem -> problem.message().equals(e.getMessage()))) {
                error(key, e.getMessage());
            }
            return Optional.empty();
        }
    }

    private Path binary() {
        if (backend == Backend.JVMM) {
            return Path.of("");
        }
        Path binary = given("path").flatMap(this::existing).orElse(Path.of(DEFAULT_QEMU));
        if (given("path").isEmpty() && !Files.exists(binary)) {
            error("path", "is not set, and there is no " + DEFAULT_QEMU + ": install QEMU or name its program");
        } else if (Files.exists(binary) && !Files.isExecutable(binary)) {
            error("path", binary + " is not a program that this user may run");
        }
        return binary;
    }

    private Optional<Path> kernel() {
        if (given("kernel").isEmpty()) {
            error("kernel", "is not set: name the guest's kernel, an ELF vmlinux or a bzImage");
        }
        return given("kernel").flatMap(this::readable);
    }

    /** As Kata has it; an empty text is as good as no key. */
    private void imageXorInitrd() {
        if (given("image").isPresent() && given("initrd").isPresent()) {
            error("initrd", "image (line " + position("image").line() + ") and initrd exclude each other: keep one");
        }
    }

    /** Below 0 or beyond the host's: all of the host's; a fraction counts as a whole one; 0 is the default, 1. */
    private int cpus() {
        Object number = value("default_vcpus", Object.class).orElse(1L);
        double wanted = number instanceof Number n ? n.doubleValue() : 1;
        if (Double.isNaN(wanted)) {
            error("default_vcpus", "must be a number of processors, not nan");
            return 1;
        }
        int all = Math.min(hostCpus, MachineConfig.MAX_CPUS);
        return wanted < 0 || wanted > all ? all : Math.max(1, (int) Math.ceil(wanted));
    }

    private MemoryOptions memory() {
        long mib = value("default_memory", Long.class).filter(given -> given != 0).orElse(DEFAULT_MEMORY_MIB);
        if (mib < 0 || mib > Long.MAX_VALUE >> MIB_SHIFT) {
            error("default_memory", mib + " MiB of memory is not an amount: give MiB, such as " + DEFAULT_MEMORY_MIB);
            mib = DEFAULT_MEMORY_MIB;
        }
        boolean hugepages = value("enable_hugepages", Boolean.class).orElse(false);
        boolean prefault = value("enable_mem_prealloc", Boolean.class).orElse(false);
        return new MemoryOptions(mib << MIB_SHIFT, false, hugepages, prefault, false);
    }

    /** A file to read, by its key. */
    private Optional<Path> readable(Entry entry) {
        Optional<Path> path = existing(entry);
        if (path.isPresent() && !Files.isReadable(path.get())) {
            error(entry.name(), path.get() + " is not readable for " + System.getProperty("user.name"));
        }
        return path;
    }

    private Optional<Path> existing(Entry entry) {
        Path path;
        try {
            path = Path.of((String) entry.value());
        } catch (InvalidPathException e) {
            error(entry.name(), "is no path: " + e.getReason());
            return Optional.empty();
        }
        if (Files.isDirectory(path)) {
            error(entry.name(), path + " is a directory: name a file in it");
        } else if (!Files.exists(path)) {
            error(entry.name(), "there is no file " + path);
        } else {
            return Optional.of(path);
        }
        return Optional.empty();
    }

    /** A text that is set and not empty. */
    private Optional<Entry> given(String key) {
        return entry(key).filter(entry -> entry.value() instanceof String text && !text.isEmpty());
    }

    private Optional<Entry> entry(String key) {
        return document.find(List.of(KataKeys.HYPERVISOR, table.name(), key));
    }

    private <T> Optional<T> value(String key, Class<T> type) {
        return entry(key).map(Entry::value).filter(type::isInstance).map(type::cast);
    }

    private Position position(String key) {
        return entry(key).map(Entry::position).orElse(table.position());
    }

    private void error(String key, String message) {
        problems.add(new Problem(Severity.ERROR, position(key), table.dottedPath() + "." + key, message));
    }
}
