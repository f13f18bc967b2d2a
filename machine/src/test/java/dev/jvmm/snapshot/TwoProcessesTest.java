package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two first boots at once, as far as the store sees them. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TwoProcessesTest {
    private static final String WAITS = "notice another jvmm is making the template; waiting for it, up to 60 s";

    @TempDir
    private Path temporary;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly();
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        }
    }

    private Process start() throws IOException {
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                MakerProcess.class.getName(), temporary.resolve("store").toString())
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        return process;
    }

    @Test
    void oneMakesAndTheOtherWaits() throws Exception {
        Process first = start();
        BufferedReader out = first.inputReader();
        assertEquals("making", out.readLine());
        Process second = start();
        BufferedReader secondOut = second.inputReader();
        assertEquals(WAITS, secondOut.readLine());
        first.getOutputStream().write('\n');
        first.getOutputStream().flush();
        assertEquals("made", out.readLine());
        assertEquals("ready", secondOut.readLine());
        assertLeft(1);
    }

    @Test
    void theOtherTakesOverFromOneThatIsKilled() throws Exception {
        Process first = start();
        assertEquals("making", first.inputReader().readLine());
        Process second = start();
        BufferedReader out = second.inputReader();
        assertEquals(WAITS, out.readLine());
        first.destroyForcibly();
        assertEquals("making", out.readLine());
        second.getOutputStream().write('\n');
        second.getOutputStream().flush();
        assertEquals("made", out.readLine());
        assertTrue(second.waitFor(10, TimeUnit.SECONDS));
        assertLeft(1);
    }

    /** Nothing but the template, not even what a killed process had begun. */
    private void assertLeft(int count) throws IOException {
        try (Stream<Path> left = Files.list(temporary.resolve("store"))) {
            List<Path> files = left.toList();
            assertEquals(count, files.size(), files.toString());
        }
    }
}
