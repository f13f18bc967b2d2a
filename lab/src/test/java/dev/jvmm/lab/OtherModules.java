package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Tests of other modules, by one JVM in the lab. Each is a test here; one that is skipped there fails here. */
final class OtherModules {
    private static final List<Path> FOLDERS = Stream.of("../runtime", "../cli", "../virtio-devices", "../vsock")
            .map(module -> Path.of(module, "target/test-classes").toAbsolutePath().normalize())
            .toList();

    private OtherModules() {}

    /**
     * Runs test classes and tells of each test.
     *
     * @param options for the JVM, separated by spaces
     */
    static Stream<DynamicTest> run(LabMachine lab, int seconds, String options, List<String> classes) {
        for (Path folder : FOLDERS) {
            assertTrue(Files.isDirectory(folder), () -> "no " + folder + ": build with 'mvn verify' or '-pl lab -am'");
        }
        List<String> command = new ArrayList<>(List.of("env", "JVMM_REQUIRE_KVM=1", "JAVA_TOOL_OPTIONS=" + options));
        command.addAll(LabMachine.java(FOLDERS, TestRunner.class.getName()));
        command.addAll(classes);
        Finished run = lab.exec(seconds, command);
        List<TestResult> results = run.out().lines().map(TestResult::parse).flatMap(Optional::stream).toList();
        return Stream.concat(
                results.stream().map(result -> dynamicTest(result.title(), () -> assertPassed(result))),
                Stream.of(dynamicTest("all ran", () -> assertAllRan(run, results, classes))));
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
    private static void assertAllRan(Finished run, List<TestResult> results, List<String> classes) {
        assertEquals(0, run.status(), run::toString);
        assertEquals(new HashSet<>(classes), results.stream().map(TestResult::type).collect(Collectors.toSet()),
                run::toString);
    }
}
