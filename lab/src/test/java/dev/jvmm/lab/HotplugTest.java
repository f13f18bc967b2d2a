package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Disks that come to a stock kernel and leave it, by ACPI. {@code -Djvmm.rounds=100} for more of them. */
@RequiresLab
class HotplugTest {
    private static final int SECONDS = 1500;
    private static final int PACK_SECONDS = 60;
    private static final int ROUNDS = Integer.getInteger("jvmm.rounds", 12);

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> inTheLab(LabMachine lab) {
        Path initrd = folder.resolve("initrd");
        Finished packing = Finished.run(PACK_SECONDS, List.of("./hotplug-initrd", initrd.toString()));
        assertEquals(0, packing.status(), packing::toString);
        String options = "-Djvmm.rounds=" + ROUNDS + " -Djvmm.rounds.kernel=" + lab.file("cloud.kernel")
                + " -Djvmm.hotplug.initrd=" + initrd;
        return OtherModules.run(lab, SECONDS, options, List.of("dev.jvmm.cli.HotplugRoundsTest"));
    }
}
