package dev.jvmm.virtio.net.host;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeMap;

/** What this process has open of the kinds that networks need, and its threads in namespaces. */
final class HeldDescriptors {
    private static final Set<String> OF_NO_INTEREST = Set.of("pipe", "/dev/random", "/dev/urandom");

    private HeldDescriptors() {}

    /** How many of each kind. */
    static TreeMap<String, Integer> count() {
        TreeMap<String, Integer> counts = new TreeMap<>();
        for (String number : new File("/proc/self/fd").list()) {
            try {
                String target = Files.readSymbolicLink(Path.of("/proc/self/fd", number)).toString();
                String kind = target.replaceAll("[0-9:\\[\\]]+$", "");
                if (!kind.endsWith(".jar") && !kind.startsWith("/proc") && !OF_NO_INTEREST.contains(kind)) {
                    counts.merge(kind, 1, Integer::sum);
                }
            } catch (IOException e) {
                // the one that lists the folder
            }
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("namespace")) {
                counts.merge("thread", 1, Integer::sum);
            }
        }
        return counts;
    }
}
