package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.RangeLock;
import dev.jvmm.state.StateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A lock as the kernel tells of it in {@code /proc/self/fdinfo}: {@code lock: 1: OFDLCK ADVISORY WRITE -1 08:01:1234 0 EOF}.
 *
 * @param length in bytes; 0 to the end of the file
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html">proc_pid_fdinfo(5)</a>
 */
record HeldRange(LockHolder holder, int type, long start, long length) {
    private static final int KIND = 2;
    private static final int MODE = 4;
    private static final int START = 7;
    private static final int END = 8;

    static void collect(LockHolder holder, List<HeldRange> into) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + holder.fd))) {
                String[] words = line.split("\\s+");
                if (words.length > END && words[0].equals("lock:") && words[KIND].equals("OFDLCK")) {
                    long start = Long.parseLong(words[START]);
                    long length = words[END].equals("EOF") ? 0 : Long.parseLong(words[END]) - start + 1;
                    int type = words[MODE].equals("WRITE") ? RangeLock.F_WRLCK : RangeLock.F_RDLCK;
                    into.add(new HeldRange(holder, type, start, length));
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new StateException("the kernel does not tell which locks there are: " + e.getMessage());
        }
    }
}
