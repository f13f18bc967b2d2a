package dev.jvmm.lab;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The tests of other modules that need hardware virtualization: the backends' common contract, Linux by a configuration of Kata's form on
 * both, and a stock kernel that is saved and restored.
 */
@RequiresLab
class ContractTest {
    private static final int ROUNDS = Integer.getInteger("jvmm.lab.rounds", 5);
    private static final int SECONDS = 600 + 20 * ROUNDS;

    private static final List<String> CLASSES = List.of(
            "dev.jvmm.runtime.backend.JvmmHypervisorTest",
            "dev.jvmm.runtime.backend.QemuKvmTest",
            "dev.jvmm.cli.RuntimeGuestTest",
            "dev.jvmm.cli.SnapshotRoundsTest");

    @TestFactory
    Stream<DynamicTest> inTheLab(LabMachine lab) {
        return OtherModules.run(lab, SECONDS,
                "-Djvmm.rounds=" + ROUNDS + " -Djvmm.rounds.kernel=" + lab.file("cloud.kernel"),
                CLASSES);
    }
}
