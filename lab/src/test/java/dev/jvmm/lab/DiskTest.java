package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One stock guest with 32 disks: each engine with and without the host's cache, one that the host has no room for, one that fails in its
 * second half. What the guest and the host see of them is in {@code src/test/scripts/disks}.
 */
@RequiresLab
class DiskTest {
    private static final int SECONDS = 400;
    private static final int FIRST_OF_MANY = 8;
    private static final int DISKS = 32;
    private static final Path SCRIPTS = Path.of("src/test/scripts/disks").toAbsolutePath();
    private static final Pattern LINE = Pattern.compile("(RESULT|HOST|DIGEST) (\\S+) (.+)");

    /** What was said, by its first two words; of a digest there must be two of one value. */
    private static final Map<String, List<String>> SAID = new LinkedHashMap<>();

    private static Finished run;

    @BeforeAll
    static void boot(@TempDir Path folder, LabMachine lab) {
        LabTools tools = LabTools.find();
        Path initrd = tools.initrd(folder.resolve("initrd"), SCRIPTS);
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(), tools.root().toString(),
                tools.image().toString(), lab.file("cloud.kernel").toString(), initrd.toString()));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        run = lab.exec(SECONDS, command);
        run.out().lines().forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                SAID.computeIfAbsent(matcher.group(1) + " " + matcher.group(2), key -> new ArrayList<>())
                        .add(matcher.group(3));
            }
        });
    }

    private static void assertSaid(String what, String value) {
        assertEquals(List.of(value), SAID.getOrDefault(what, List.of()), () -> what + " in " + run);
    }

    @Test
    void theMachineOutlivesItsDisks() {
        assertTrue(run.out().contains("JOB-END status=0"), run::toString);
        assertSaid("HOST jvmm", "0");
        assertEquals(0, run.status(), run::toString);
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        assertSaid("RESULT fio", "0");
    }

    @ParameterizedTest
    @ValueSource(strings = { "vdb", "vdc", "vdd", "vde" })
    void discardsAndZeroesAndKeepsTheRest(String disk) {
        for (String what : List.of("discard-", "zeroes-", "zeroed-", "kept-")) {
            assertSaid("RESULT " + what + disk, "0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "vdb", "vdc", "vdd", "vde" })
    void theHostHasWhatTheGuestHas(String disk) {
        List<String> digests = SAID.getOrDefault("DIGEST " + disk, List.of());
        assertEquals(2, digests.size(), run::toString);
        assertEquals(digests.get(0), digests.get(1));
    }

    @Test
    void aDiskThatFillsUpIsAnErrorForTheGuest() {
        assertSaid("RESULT full-write", "0");
        assertSaid("RESULT full-read", "0");
    }

    @Test
    void aDiskThatFailsIsAnErrorForTheGuest() {
        assertSaid("RESULT good-half", "0");
        assertSaid("RESULT bad-half-read", "0");
        assertSaid("RESULT bad-half-write", "0");
    }

    @Test
    void thirtyTwoDisksAreEachThemselves() {
        assertSaid("RESULT disks", Integer.toString(DISKS));
        for (int number = FIRST_OF_MANY; number <= DISKS; number++) {
            assertSaid("RESULT identity-" + number, "0");
            assertSaid("RESULT written-" + number, "0");
            assertSaid("HOST written-" + number, "0");
        }
    }
}
