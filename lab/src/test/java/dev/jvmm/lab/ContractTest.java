package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The tests of other modules that need hardware virtualization, by one JVM in the lab: the backends' common contract, Linux by a
 * configuration of Kata's form on both, and a stock kernel that is saved and restored. Each is a test here; one that is skipped there fails
 * here.
 */
@RequiresLab
class ContractTest {
    private static final int SECONDS = 600;

    private static final List<Path> FOLDERS = Stream.of("../runtime", "../cli")
            .map(module -> Path.of(module, "target/test-classes").toAbsolutePath().normalize())
            .toList();

    private static final List<String> CLASSES = List.of(
            "dev.jvmm.runtime.backend.JvmmHypervisorTest",
            "dev.jvmm.runtime.backend.QemuKvmTest",
            "dev.jvmm.cli.RuntimeGuestTest",
            "dev.jvmm.cli.SnapshotRoundsTest");

    @TestFactory
    Stream<DynamicTest> inTheLab(LabMachine lab) {
        for (Path folder : FOLDERS) {
            assertTrue(Files.isDirectory(folder), () -> "no " + folder + ": build with 'mvn verify' or '-pl lab -am'");
        }
        List<String> command = new ArrayList<>(List.of("env", "JVMM_REQUIRE_KVM=1",
                "JAVA_TOOL_OPTIONS=-Djvmm.rounds=5 -Djvmm.rounds.kernel=" + lab.file("cloud.kernel")));
        command.addAll(LabMachine.java(FOLDERS, TestRunner.class.getName()));
        command.addAll(CLASSES);
        Finished run = lab.exec(SECONDS, command);
        List<TestResult> results = run.out().lines().map(TestResult::parse).flatMap(Optional::stream).toList();
        return Stream.concat(
                results.stream().map(result -> dynamicTest(result.title(), () -> assertPassed(result))),
                Stream.of(dynamicTest("all ran", () -> assertAllRan(run, results))));
    }

    private static void assertPassed(TestResult result) {
        switch (result.kind()) {
            case PASSED -> {
                // That is all.
            }
            case FAILED -> fail(result.title() + " failed in the lab: " + result.detail());
            case SKIPPED -> fail(result.title() + " was skipped in the lab: " + result.detail());
        }
    }

    /** A run that broke off, or a class without tests, is no success. */
    private static void assertAllRan(Finished run, List<TestResult> results) {
        assertEquals(0, run.status(), run::toString);
        assertEquals(CLASSES.stream().collect(Collectors.toSet()),
                results.stream().map(TestResult::type).collect(Collectors.toSet()), run::toString);
    }
}
