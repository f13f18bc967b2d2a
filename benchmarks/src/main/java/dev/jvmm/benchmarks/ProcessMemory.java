package dev.jvmm.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * What processes hold, in KiB.
 *
 * @param pss their own pages and their part of those that they share
 * @param own pages that nobody else has mapped
 * @param dirty those of their own pages that they have written to
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_smaps_rollup.5.html">proc_pid_smaps_rollup(5)</a>
 */
record ProcessMemory(long pss, long own, long dirty) {
    /** Of a mapping's first line: addresses, rights, offset, device, inode, name. */
    private static final int MAPPING_WORDS = 6;

    static final ProcessMemory NONE = new ProcessMemory(0, 0, 0);

    /** All of a process. */
    static ProcessMemory of(long pid) throws IOException {
        return sum(Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup")), name -> true);
    }

    /**
     * Of this process, without what its heap has to give back, and of the files that it has mapped only those in a folder. The JDK's
     * are shared with all other JVMs, so what they count here changes as those come and go.
     */
    static ProcessMemory ofThisProcess(Path folder) throws IOException {
        System.gc();
        return sum(
                Files.readAllLines(Path.of("/proc/self/smaps")),
                name -> !name.startsWith("/") || name.startsWith("/memfd:") || name.startsWith(folder + "/"));
    }

    /** Adds up the mappings with names that count; that of one without a name is empty. */
    private static ProcessMemory sum(List<String> lines, Predicate<String> counts) {
        long pss = 0;
        long own = 0;
        long dirty = 0;
        boolean counted = false;
        for (String line : lines) {
            String[] words = line.split(" +", MAPPING_WORDS);
            if (!words[0].endsWith(":")) {
                counted = counts.test(words.length == MAPPING_WORDS ? words[MAPPING_WORDS - 1] : "");
            } else if (counted) {
                switch (words[0]) {
                    case "Pss:" -> pss += Long.parseLong(words[1]);
                    case "Private_Clean:" -> own += Long.parseLong(words[1]);
                    case "Private_Dirty:" -> dirty += Long.parseLong(words[1]);
                    default -> {}
                }
            }
        }
        return new ProcessMemory(pss, own + dirty, dirty);
    }

    ProcessMemory plus(ProcessMemory other) {
        return new ProcessMemory(pss + other.pss, own + other.own, dirty + other.dirty);
    }

    ProcessMemory minus(ProcessMemory other) {
        return new ProcessMemory(pss - other.pss, own - other.own, dirty - other.dirty);
    }

    /** That of {@code many} processes like these {@code few}: what is their own grows with their number, what they share does not. */
    ProcessMemory scaled(int few, int many) {
        long moreOwn = own * many / few;
        return new ProcessMemory(pss - own + moreOwn, moreOwn, dirty * many / few);
    }
}
