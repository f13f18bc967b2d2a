package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.NetNamespace;
import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.virtio.net.NetException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a process that is killed leaves, the next one removes, and nothing else. */
@RequiresNetworks
@Timeout(600)
final class LeftoversTest {
    /** Processes to kill; a hundred take a minute or two. */
    private static final int KILLS = Integer.getInteger("jvmm.kills", 5);

    /** In this time a process makes and removes a few dozen networks. */
    private static final int LONGEST_MILLIS = 300;

    @TempDir
    Path runtime;

    private TestNamespace namespace;
    private String folder;

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        namespace.veth("a", "b");
        namespace.veth("c", "d");
        folder = runtime.resolve("jvmm/net").toString();
    }

    @AfterEach
    void close() {
        namespace.close();
    }

    private void sweep() {
        try (Leftovers leftovers = Leftovers.in(folder)) {
            leftovers.sweep();
        }
    }

    private void assertClean(String when) {
        assertEquals(new TreeSet<>(List.of("a", "b", "c", "d", "lo")), namespace.names(), when);
        assertFalse(new TcMirror(namespace.links).hasIngress(namespace.link("a").index()), when);
        assertArrayEquals(new String[]{ "lock" }, new File(folder).list(), when);
    }

    @Test
    void killedProcessesLeaveNothing() throws IOException, InterruptedException {
        long seed = Long.getLong("jvmm.seed", System.nanoTime());
        Random random = new Random(seed);
        int left = 0;
        Leftovers.Claim alive = claimed("jvmm00000000001");
        for (int i = 0; i < KILLS; i++) {
            Process process = start();
            try {
                assertEquals('r', process.getInputStream().read(), () -> errors(process));
                Thread.sleep(random.nextInt(LONGEST_MILLIS));
                assertTrue(process.isAlive(), () -> errors(process));
            } finally {
                process.destroyForcibly();
            }
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            left += new File(folder).list().length - 2;
            sweep();
            String when = "process " + i + " of seed " + seed;
            assertTrue(namespace.names().contains("jvmm00000000001"), when);
            assertEquals(6, namespace.names().size(), when);
            assertFalse(new TcMirror(namespace.links).hasIngress(namespace.link("a").index()), when);
            assertEquals(2, new File(folder).list().length, when);
        }
        alive.close();
        sweep();
        assertClean("at the end");
        System.out.println(KILLS + " processes killed, " + left + " records were left over");
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), KilledProcess.class.getName(), namespace.namespace.path());
        builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
        return builder.start();
    }

    private static String errors(Process process) {
        try {
            return "seen: " + new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Records as a process that was killed leaves them: nobody holds their locks. */
    private void left(String id, Leftover leftover) {
        assertEquals(Optional.of(leftover), Leftover.parse(leftover.toBytes()));
        try (Leftovers leftovers = Leftovers.in(folder)) {
            leftovers.claim(id, leftover).close();
        }
    }

    /** A macvtap that this process looks after. */
    private Leftovers.Claim claimed(String name) {
        namespace.links.addMacvtap(name, namespace.link("c"), Optional.empty(), Optional.empty());
        try (Leftovers leftovers = Leftovers.in(folder)) {
            return leftovers.claim("1".repeat(32),
                    Leftover.ofLink(leftovers.boot(), namespace.namespace, Optional.empty(), name));
        }
    }

    private String boot() {
        try (Leftovers leftovers = Leftovers.in(folder)) {
            return leftovers.boot();
        }
    }

    @Test
    void onlyWhatARecordNamesIsRemoved() {
        namespace.links.addMacvtap("jvmm00000000001", namespace.link("c"), Optional.empty(), Optional.empty());
        namespace.links.addMacvtap("other", namespace.link("c"), Optional.empty(), Optional.empty());
        left("1".repeat(32), Leftover.ofLink(boot(), namespace.namespace, Optional.empty(), "jvmm00000000001"));
        left("2".repeat(32), Leftover.ofLink(boot(), namespace.namespace, Optional.empty(), "d")); // no macvtap
        TcMirror mirror = new TcMirror(namespace.links);
        String cookie = "0123456789abcdef".repeat(2);
        Link a = namespace.link("a");
        mirror.addIngress(a);
        mirror.redirect(a, namespace.link("c"), Ids.bytes(cookie.replace('0', '1')));
        left("3".repeat(32), Leftover.ofIngress(boot(), namespace.namespace, Optional.empty(), a, cookie));
        sweep();
        assertEquals(new TreeSet<>(List.of("a", "b", "c", "d", "lo", "other")), namespace.names());
        assertTrue(mirror.hasIngress(a.index()), "its filter is another's");
        mirror.removeIngress(a.index());
        mirror.addIngress(a);
        mirror.redirect(a, namespace.link("c"), Ids.bytes(cookie));
        left("3".repeat(32), Leftover.ofIngress(boot(), namespace.namespace, Optional.empty(), a, cookie));
        namespace.links.remove(namespace.link("other"));
        sweep();
        assertClean("its filter is ours");
    }

    @Test
    void recordsThatSomebodyHoldsStay() throws IOException {
        Leftovers.Claim claim = claimed("jvmm00000000001");
        sweep();
        assertTrue(namespace.names().contains("jvmm00000000001"));
        claim.close();
        sweep();
        assertClean("nobody holds it");
    }

    @Test
    void whatCanNotBeReadIsForgotten() throws IOException {
        sweep();
        String[] texts = { "", "jvmm-network 1\n", "x".repeat(100_000),
            "jvmm-network 1\nboot B\nnamespace 1\nlink x\nend\n",
            "jvmm-network 1\nboot B\nnamespace x \nlink x\nend\n",
            "jvmm-network 1\nboot B\nnamespace 1 \ningress 1 a\nend\n",
            "jvmm-network 1\nboot B\nnamespace 1 \ningress 99999999999 a b\nend\n",
            "jvmm-network 1\nboot " + boot() + "\nnamespace 1 /nowhere\nlink x\nend\n" };
        for (int i = 0; i < texts.length; i++) {
            Files.writeString(Path.of(folder, "record" + i), texts[i]);
        }
        Path elsewhere = Files.writeString(runtime.resolve("elsewhere"), "stays");
        Files.createSymbolicLink(Path.of(folder, "link"), elsewhere);
        sweep();
        assertArrayEquals(new String[]{ "link", "lock" }, sorted(new File(folder).list()));
        assertTrue(Files.exists(elsewhere));
        try (NetNamespace own = NetNamespace.current()) {
            left("1".repeat(32), Leftover.ofLink("another boot", own, Optional.empty(), "lo"));
        }
        sweep();
        assertArrayEquals(new String[]{ "link", "lock" }, sorted(new File(folder).list()));
    }

    private static String[] sorted(String[] names) {
        Arrays.sort(names);
        return names;
    }

    @Test
    void theFolderIsTheUsersAlone() throws IOException {
        sweep();
        assertTrue(new File(folder).setWritable(true, false));
        NetException thrown = assertThrows(NetException.class, () -> Leftovers.in(folder).close());
        assertTrue(thrown.getMessage().contains("is not this user's alone: set XDG_RUNTIME_DIR"), thrown.getMessage());
        Path file = Files.writeString(runtime.resolve("file"), "");
        thrown = assertThrows(NetException.class, () -> Leftovers.in(file.resolve("net").toString()).close());
        assertTrue(thrown.getMessage().contains("set XDG_RUNTIME_DIR to a folder of yours"), thrown.getMessage());
    }
}
