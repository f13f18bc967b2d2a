package dev.jvmm.machine;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether this host can hold such a guest at all, before anything is taken from it. */
final class HostFit {
    /** Guests up to this size are let through unasked: reading /proc/meminfo would be a cost for every small one. */
    private static final long SMALL = 1L << 30;

    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private HostFit() {}

    static void check(MachineConfig config) {
        long wanted = config.memory().size();
        if (wanted <= SMALL) {
            return;
        }
        long most = field("MemTotal:") + field("SwapTotal:");
        if (most > 0 && wanted > most) {
            throw new ConfigException("guest memory of " + MemorySize.format(wanted)
                    + " is more than this host has (" + (most >> 20) + " MiB with swap): give less");
        }
    }

    /** A field of /proc/meminfo in bytes, 0 when it can not be read. */
    private static long field(String name) {
        try {
            List<String> lines = Files.readAllLines(MEMINFO);
            for (String line : lines) {
                if (line.startsWith(name)) {
                    String[] words = line.substring(name.length()).strip().split(" ", 2);
                    return Long.parseLong(words[0]) << 10;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
        return 0;
    }
}
