package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.image.ImageBuilder;
import dev.jvmm.image.ImageProgress;
import java.io.IOException;
import java.nio.file.Files;
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

/**
 * One stock guest with persistent memory by virtio and as NVDIMMs, whose jvmm is killed in the end, and one boot from the image that it
 * had. What the guests and the host see is in {@code src/test/scripts/pmem}.
 */
@RequiresLab
class PmemTest {
    private static final int SECONDS = 600;
    private static final Path SCRIPTS = Path.of("src/test/scripts").toAbsolutePath();
    private static final Pattern LINE = Pattern.compile("(RESULT|HOST|DIGEST) (\\S+) (.+)");
    private static final List<String> MODULES = List.of("nvdimm/libnvdimm", "nvdimm/nd_virtio", "nvdimm/nd_btt",
            "nvdimm/nd_pmem", "nvdimm/virtio_pmem", "acpi/nfit/nfit");

    /** Says where it is, what is there from the guest before, and reads what is cut off meanwhile. */
    private static final String INIT = """
            #!/bin/busybox sh
            b=/bin/busybox
            $b sed -n 's/^\\([^ ]* \\/ ext4\\)/ROOT-MOUNT \\1/p' /proc/mounts
            echo "ROOT-FOUND $($b tail -c 4096 /mapped | $b tr -d '\\0')"
            echo ROOT-UP
            while true; do $b cat /large >/dev/null; done
            """;

    /** What was said, by its first two words. */
    private static final Map<String, List<String>> SAID = new LinkedHashMap<>();

    private static Finished run;

    @BeforeAll
    static void boot(@TempDir Path folder, LabMachine lab) throws IOException {
        LabTools tools = LabTools.find();
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("pmem/host.sh").toString(),
                tools.root().toString(), tools.image().toString(), lab.file("cloud.kernel").toString(),
                initrd(folder, tools, lab).toString(), root(folder, tools).toString()));
        command.addAll(LabMachine.java(List.of(), PmemGuest.class.getName()));
        command.add("--");
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        run = lab.exec(SECONDS, command);
        run.out().lines().forEach(line -> {
            Matcher matcher = LINE.matcher(line.replace("\r", ""));
            if (matcher.matches()) {
                SAID.computeIfAbsent(matcher.group(1) + " " + matcher.group(2), key -> new ArrayList<>())
                        .add(matcher.group(3));
            }
        });
    }

    private static Path initrd(Path folder, LabTools tools, LabMachine lab) throws IOException {
        Path job = Files.createDirectory(folder.resolve("job"));
        for (String name : List.of("pmem/job", "pmem/mapped.pl", "pmem/labels.pl", "kill/fsync.pl")) {
            Path script = SCRIPTS.resolve(name);
            Files.copy(script, job.resolve(script.getFileName()));
        }
        for (String name : MODULES) {
            Path module = lab.file("cloud.modules").resolve("kernel/drivers/" + name + ".ko");
            Files.copy(module, job.resolve(module.getFileName()));
        }
        return tools.initrd(folder.resolve("initrd"), job);
    }

    /** A small system as an image of the kind that Kata Containers boots. */
    private static Path root(Path folder, LabTools tools) throws IOException {
        Path tree = folder.resolve("tree");
        for (String name : List.of("bin", "sbin", "proc", "sys", "dev", "run")) {
            Files.createDirectories(tree.resolve(name));
        }
        Files.copy(tools.root().resolve("bin/busybox"), tree.resolve("bin/busybox"));
        Files.createSymbolicLink(tree.resolve("bin/sh"), Path.of("busybox"));
        assertTrue(Files.writeString(tree.resolve("sbin/init"), INIT).toFile().setExecutable(true, false));
        Files.write(tree.resolve("large"), new byte[8 << 20]);
        Path image = folder.resolve("root.img");
        ImageBuilder.build(new ImageBuilder.Request(tree, 0, image, false), ImageProgress.NONE);
        return image;
    }

    private static void assertSaid(String what, String value) {
        assertEquals(List.of(value), SAID.getOrDefault(what, List.of()), () -> what + " in " + run);
    }

    @Test
    void mapsAreFiles() {
        assertSaid("RESULT virtio-dax", "0");
        assertSaid("RESULT virtio-mapped", "0");
        assertSaid("HOST virtio-mapped", "by-virtio");
        assertSaid("RESULT kata-dax", "0");
        assertSaid("RESULT kata-sync", "0");
        assertSaid("RESULT virtio-sync", "95");
    }

    @Test
    void labelsAreAtTheEndOfTheFile() {
        assertSaid("RESULT labels-write", "0");
        assertSaid("RESULT label-written", "the labels of a guest");
        assertSaid("HOST label", "the labels of a guest");
    }

    @Test
    void anNvdimmComesLater() {
        assertSaid("RESULT late", "0");
        List<String> digests = SAID.getOrDefault("DIGEST labels", List.of());
        assertEquals(3, digests.size(), run::toString);
        assertEquals(1, digests.stream().distinct().count(), run::toString);
    }

    /** KVM on hardware goes round and round over a page that is missing, until there is another. */
    @Test
    void whatIsCutOffIsZeroesAndFlushesFail() {
        assertSaid("RESULT cut-flushed", "0");
        assertSaid("RESULT cut-before", "0");
        assertSaid("RESULT cut-after", "0");
        assertSaid("RESULT cut-error", "0");
        assertSaid("HOST cut-told", "0");
        assertSaid("HOST cut-size", "8192");
    }

    /** On a disk that has been full since the guest began. */
    @Test
    void whatWasFlushedOutlivesAKilledMachine() {
        assertSaid("HOST full", "0");
        List<String> found = SAID.getOrDefault("HOST killed", List.of());
        assertTrue(found.size() == 1 && found.get(0).startsWith("found all of "), run::toString);
    }

    @Test
    void anImageIsARootWithDaxUntilItIsCutShort() {
        assertEquals(0, run.status(), run::toString);
        assertTrue(run.out().lines().anyMatch(
                line -> line.startsWith("ROOT-MOUNT /dev/pmem0p1 / ext4 rw") && line.contains(",dax=always")),
                run::toString);
        assertTrue(run.out().contains("ROOT-FOUND by-nvdimm"), run::toString);
        assertSaid("HOST root-end", "1");
    }
}
