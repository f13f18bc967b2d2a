package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.testing.RequiresNetworks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Networks of machines that are killed: a signal that can be caught leaves nothing of them, and what any other leaves, the next run takes
 * away. {@code -Djvmm.net.kills=100} for more of them than an ordinary run of the tests has, {@code -Djvmm.seed=N} for the same again.
 */
@RequiresKvm
@RequiresNetworks
@Timeout(1800)
class KilledNetTest {
    private static final int KILLS = Integer.getInteger("jvmm.net.kills", 4);

    /** From the JVM's start to the guest's wait for addresses. */
    private static final int LONGEST_MILLIS = 3000;

    /** A guest whose command runs has waited seconds for the addresses that three of its networks do not give: so few get there. */
    private static final int TALKING_EVERY = 10;

    private static final int LONGEST_TALK_MILLIS = 500;

    private static final int PATIENCE_SECONDS = 30;
    private static final int POLL_MILLIS = 5;

    /** Whoever looks at the notes locks this. */
    private static final Set<String> NOTHING_NOTED = Set.of("lock");

    @TempDir
    Path folder;

    private final NetNamespace outside = NetNamespace.create();
    private final NetNamespace inside = NetNamespace.create();
    private Path records;
    private String clean;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        SharedTemplate.make();
    }

    /** Two cables, each with one end in either namespace. */
    @BeforeEach
    void layCables() throws Exception {
        records = folder.resolve("jvmm/net");
        for (String name : List.of("east", "west")) {
            output(inside, "ip link add " + name + " type veth peer name far" + name + "; ip link set far" + name
                    + " netns " + outside.path() + "; ip link set " + name + " up");
            output(outside, "ip link set far" + name + " up");
        }
        clean = state();
    }

    @AfterEach
    void close() {
        outside.close();
        inside.close();
    }

    private static String output(NetNamespace namespace, String words) throws Exception {
        Process process = new ProcessBuilder("nsenter", "--net=" + namespace.path(), "sh", "-ec", words)
                .redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), words);
        assertEquals(0, process.exitValue(), words + ": " + text);
        return text;
    }

    /** All interfaces, qdiscs and filters on what comes in. */
    private String state() throws Exception {
        return output(inside, "ip -o link | cut -d: -f2; tc qdisc show; tc filter show dev east ingress;"
                + " tc filter show dev west ingress");
    }

    /** What is noted of networks that were made. */
    private Set<String> noted() {
        String[] names = records.toFile().list();
        return names == null ? NOTHING_NOTED : new TreeSet<>(Arrays.asList(names));
    }

    /** All kinds at once, in front of these words. */
    private Jvmm jvmm(String... words) {
        String place = ",netns=" + inside.path();
        List<String> arguments = new ArrayList<>(List.of("boot", "--net", "user", "--net", "macvtap=east" + place,
                "--net", "tcfilter=west" + place, "--net", "tap=made" + place));
        arguments.addAll(List.of(words));
        return new Jvmm(folder, arguments.toArray(new String[0])).with("XDG_RUNTIME_DIR", folder.toString());
    }

    private void assertClean(String when) throws Exception {
        assertEquals(clean, state(), when);
        assertEquals(NOTHING_NOTED, noted(), when);
        assertEquals(List.of(), processes(), when);
    }

    /** Those that run with this test's folder. */
    private List<String> processes() throws IOException {
        List<String> found = new ArrayList<>();
        try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : all) {
                try {
                    if (Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1)
                            .contains("XDG_RUNTIME_DIR=" + folder)) {
                        found.add(process + " " + Files.readString(process.resolve("cmdline")));
                    }
                } catch (IOException e) {
                    // ended meanwhile, or another user's
                }
            }
        }
        return found;
    }

    /** A namespace takes its ends of cables along, and so the other ends, when nothing holds it any more. */
    private void assertTheNamespaceGoes() throws Exception {
        inside.close();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (output(outside, "ip -o link").contains("far") && System.nanoTime() - end < 0) {
            Thread.sleep(POLL_MILLIS);
        }
        assertEquals("", output(outside, "ip -o link show type veth"), "somebody holds the namespace");
    }

    @Test
    void killedAtAnyMomentNothingStays() throws Exception {
        long seed = Long.getLong("jvmm.seed", System.nanoTime());
        Random random = new Random(seed);
        int talked = 0;
        int left = 0;
        for (int i = 0; i < KILLS; i++) {
            Set<String> before = noted();
            boolean hard = i % 2 == 0;
            Jvmm jvmm = jvmm("--", "/bin/sh", "-c", "echo up; exec ping -q 10.0.2.2");
            boolean talks = i % TALKING_EVERY / 2 == 1;
            int millis = random.nextInt(talks ? LONGEST_TALK_MILLIS : LONGEST_MILLIS);
            String when = "machine " + i + " after " + millis + (talks ? " ms of talk" : " ms") + ", seed " + seed;
            Process process = jvmm.start();
            try {
                if (talks) {
                    jvmm.await(process, "out", "up\n");
                }
                Thread.sleep(millis);
                assertTrue(process.isAlive(), () -> when + ": " + text(jvmm));
                Jvmm.signal(process, hard ? "KILL" : "TERM");
            } catch (AssertionError e) {
                process.destroyForcibly().waitFor();
                throw e;
            }
            Result result = jvmm.result(process);
            assertEquals(128 + (hard ? 9 : 15), result.code(), when + ": " + result.err());
            talked += result.out().startsWith("up\n") ? 1 : 0;
            Set<String> added = new TreeSet<>(noted());
            added.removeAll(before);
            left += added.size() - (added.contains("lock") ? 1 : 0);
            assertTrue(hard || NOTHING_NOTED.containsAll(added), when + " left " + added);
        }
        assertEquals(new Result(0, "", ""), jvmm("--", "/bin/true").run(), "seed " + seed);
        assertClean("seed " + seed);
        assertTheNamespaceGoes();
        System.out.println(KILLS + " machines killed (seed " + seed + "), " + talked + " while their guests were up; "
                + left + " networks were left for the next run");
    }

    private static String text(Jvmm jvmm) {
        try {
            return jvmm.text("err");
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Sends the signal as soon as a network is noted, or some time later; no later run is there to clean up. */
    private void signalled(Jvmm jvmm, String signal, int code, int later) throws Exception {
        Process process = jvmm.start();
        while (noted().equals(NOTHING_NOTED) && process.isAlive()) {
            Thread.sleep(POLL_MILLIS);
        }
        assertNotEquals(NOTHING_NOTED, noted(), () -> text(jvmm));
        Thread.sleep(later);
        Jvmm.signal(process, signal);
        Result result = jvmm.result(process);
        assertEquals(code, result.code(), result.err());
        assertClean("SIG" + signal + ", " + later + " ms: " + result.err());
    }

    @ParameterizedTest
    @CsvSource({ "INT, 130", "TERM, 143", "HUP, 129" })
    void aSignalEndsTheMachineFirst(String signal, int code) throws Exception {
        String kernel = new EmbeddedGuest().kernel().toString();
        for (int later : new int[]{ 0, 300 }) {
            // Nobody gives this one orders, and it has no terminal; it waits for a disk that never comes.
            signalled(jvmm("--kernel", kernel, "--cmdline", "root=/dev/vda rootwait", "--console", "off"), signal, code,
                    later);
            signalled(jvmm("--no-template", "--", "/bin/true"), signal, code, later);
        }
        signalled(jvmm("--", "/bin/sleep", "1000"), signal, code, 0);
        assertTheNamespaceGoes();
    }
}
