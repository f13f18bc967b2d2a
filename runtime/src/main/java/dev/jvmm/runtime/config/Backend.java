package dev.jvmm.runtime.config;

import dev.jvmm.config.Nearest;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The hypervisors that this runtime can drive, by the names of their {@code [hypervisor.NAME]} tables. */
public enum Backend {
    /** jvmm itself, inside the runtime's process. */
    JVMM("jvmm"),
    /** QEMU's microvm machine, as a process of its own. */
    QEMU("qemu");

    /** What Kata 4.1 can drive besides. */
    private static final List<String> OF_KATA_ONLY = List.of("clh", "firecracker", "dragonball", "stratovirt",
            "remote");

    /** Keys of the hypervisor table that every backend here honours. */
    private static final Set<String> HONOURED = Set.of(
            "path",
            "kernel",
            "initrd",
            "kernel_params",
            "default_vcpus",
            "default_memory",
            "enable_hugepages",
            "enable_mem_prealloc");

    private final String table;

    Backend(String table) {
        this.table = table;
    }

    /** The name after {@code hypervisor.} in the file. */
    public String table() {
        return table;
    }

    /** The backend of that name. */
    static Optional<Backend> named(String name) {
        for (Backend backend : values()) {
            if (backend.table.equals(name)) {
                return Optional.of(backend);
            }
        }
        return Optional.empty();
    }

    /** Why there is no backend of that name, and which there are. */
    static String refusal(String name) {
        List<String> ours = List.of(JVMM.table, QEMU.table);
        String choice = "this runtime has " + String.join(" and ", ours);
        if (OF_KATA_ONLY.contains(name)) {
            return "Kata has a backend '" + name + "', this runtime does not: " + choice;
        }
        return "there is no backend '" + name + "': " + choice
                + Nearest.hint(name, ours);
    }

    boolean honours(KnownKey key) {
        return key.table().equals(KataKeys.HYPERVISOR) && HONOURED.contains(key.name());
    }
}
