package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.channel.CommandResult;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More devices than one I/O APIC has pins for; and what they cost while nobody uses them. */
@RequiresKvm
@Timeout(900)
class ManyDevicesTest {
    private static final int DEVICES = 32;
    private static final int SECTOR = 512;
    private static final long IDLE_MILLIS = 1000;

    private static final String SCRIPT = """
            for disk in /sys/block/vd*; do
                read word < /dev/${disk##*/}
                echo "${disk##*/} $word"
            done
            echo idle
            read line
            """;

    @TempDir
    private Path folder;

    private List<DeviceSpec> disks() throws IOException {
        List<DeviceSpec> disks = new ArrayList<>();
        for (int i = 0; i < DEVICES; i++) {
            byte[] content = new byte[SECTOR];
            byte[] word = ("disk" + i + "\n").getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(word, 0, content, 0, word.length);
            Path file = Files.write(folder.resolve("disk" + i), content);
            disks.add(DeviceSpec.parse("disk", "path=" + file + ",ro"));
        }
        return disks;
    }

    /** vda, ..., vdz, vdaa, ... */
    private static String name(int disk) {
        String last = Character.toString('a' + disk % 26);
        return disk < 26 ? "vd" + last : "vd" + Character.toString('a' + disk / 26 - 1) + last;
    }

    @Test
    void allWorkAndNoneWakesAnybodyWhileItRests() throws Exception {
        try (LiveGuest guest = new LiveGuest(disks(), SCRIPT)) {
            guest.await("idle\n");
            List<String> lines = guest.said().lines().toList();
            for (int i = 0; i < DEVICES; i++) {
                assertTrue(lines.contains(name(i) + " disk" + i), guest.said());
            }
            assertEquals(DEVICES + 1, lines.size(), guest.said());
            Path loop = threadNamed("events");
            // The last requests' own end.
            Thread.sleep(IDLE_MILLIS);
            String before = sleeps(loop);
            Thread.sleep(IDLE_MILLIS);
            assertEquals(before, sleeps(loop));
            assertEquals(new CommandResult.Exited(1, 0), guest.finish(), guest.said());
        }
    }

    private static Path threadNamed(String name) throws IOException {
        try (var threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                if (Files.readString(thread.resolve("comm")).equals(name + "\n")) {
                    return thread;
                }
            }
        }
        throw new AssertionError("no thread " + name);
    }

    /** How often a thread went to sleep, and so was woken. */
    private static String sleeps(Path thread) throws IOException {
        for (String line : Files.readAllLines(thread.resolve("status"))) {
            if (line.startsWith("voluntary_ctxt_switches:")) {
                return line;
            }
        }
        throw new AssertionError("no count of a thread's sleeps");
    }
}
