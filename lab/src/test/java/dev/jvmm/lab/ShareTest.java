package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stock guest that lives on shares: what programs do to a file system, with each kind of cache; a tree that is unpacked there and
 * compared; a folder that the host swaps for a link to the outside while the guest walks through it. The scripts are in
 * {@code src/test/scripts/share}.
 * {@code -Djvmm.share.tree=FOLDER} names another tree, such as a kernel's source, {@code -Djvmm.share.race=60} races for so many seconds,
 * {@code -Djvmm.share.scale=5} does five times as much.
 */
@RequiresLab
class ShareTest {
    private static final int SECONDS = Integer.getInteger("jvmm.share.seconds", 800);
    private static final String TREE = System.getProperty("jvmm.share.tree", "/usr/include/linux/netfilter");
    private static final int SCALE = Integer.getInteger("jvmm.share.scale", 1);
    private static final int RACE_SECONDS = Integer.getInteger("jvmm.share.race", 5);
    private static final Path SCRIPTS = Path.of("src/test/scripts/share").toAbsolutePath();
    private static final int PACKING_SECONDS = 600;

    private static Finished run;
    private static Map<String, String> results;

    @BeforeAll
    static void boot(@TempDir Path folder, LabMachine lab) {
        Path initrd = folder.resolve("initrd");
        LabMachine.call(PACKING_SECONDS, "share-initrd", initrd.toString());
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(),
                lab.file("generic.kernel").toString(), initrd.toString(), TREE, Integer.toString(SCALE),
                Integer.toString(RACE_SECONDS)));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        run = lab.exec(SECONDS, command);
        results = run.results();
    }

    @Test
    void theMachineOutlivesIt() {
        assertTrue(run.out().contains("JOB-END status=0"), run::toString);
        assertEquals("0", results.get("jvmm"), run::toString);
        assertEquals(0, run.status(), run::toString);
    }

    @TestFactory
    List<DynamicTest> programsFindAFileSystem() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String share : List.of("none", "mmap", "loose", "mapped")) {
            List<String> names = new ArrayList<>(
                    List.of("writers", "renames", "links", "unlinked", "locks", "xattrs", "sparse", "times", "many",
                            "fsync"));
            if (share.equals("mmap") || share.equals("loose")) {
                names.add("mapped");
            }
            for (String name : names) {
                String what = share + "-" + name;
                tests.add(DynamicTest.dynamicTest(what, () -> assertEquals("ok", results.get(what), run::toString)));
            }
        }
        return tests;
    }

    @Test
    void aTreeThatIsUnpackedIsTheSame() {
        assertEquals("0", results.get("tree-unpacked"), run::toString);
        assertEquals(results.get("host-sum"), results.get("tree-sum"), run::toString);
        assertEquals("ok", results.get("host-diff"), run::toString);
    }

    /** As the host sees them: with a loose cache the guest only guesses what a file takes. */
    @Test
    void holesStayHoles() {
        assertEquals("4", results.get("holes"), run::toString);
    }

    /** It is a race only where the guest often finds the folder, and often the link. */
    @Test
    void nobodyLeavesAShare() {
        for (String often : List.of("race-inside", "race-refused", "race-made", "race-swaps")) {
            int times = Integer.parseInt(results.getOrDefault(often, "0"));
            System.out.println(often + " " + times);
            assertTrue(times >= RACE_SECONDS, () -> often + ": " + run);
        }
        assertEquals("0", results.get("race-outside"), run::toString);
        assertEquals("outside file", results.get("canary"), run::toString);
        assertEquals("ok", results.get("readonly"), run::toString);
    }
}
