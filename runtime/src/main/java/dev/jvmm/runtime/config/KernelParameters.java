package dev.jvmm.runtime.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The guest kernel's command line, put together from this runtime's words and the file's {@code kernel_params}. */
final class KernelParameters {
    /** The console that {@link dev.jvmm.runtime.Hypervisor#console} shows; and a panic ends the guest instead of hanging it. */
    static final List<String> DEFAULTS = List.of("console=ttyS0", "panic=-1");

    private KernelParameters() {}

    /**
     * Appends the given line to the defaults. The last one wins: a default whose name the line has too is left out, since the
     * kernel adds up some parameters, {@code console} for one. The given line itself stays as it is.
     */
    static String withDefaults(String given) {
        Set<String> names = new HashSet<>();
        for (String word : given.split(" ")) {
            names.add(name(word));
        }
        List<String> words = new ArrayList<>();
        for (String word : DEFAULTS) {
            if (!names.contains(name(word))) {
                words.add(word);
            }
        }
        if (!given.isBlank()) {
            words.add(given.strip());
        }
        return String.join(" ", words);
    }

    private static String name(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }
}
