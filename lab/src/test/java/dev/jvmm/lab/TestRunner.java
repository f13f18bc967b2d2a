package dev.jvmm.lab;

import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A program for the lab: runs the test classes that its arguments name, and prints a {@link TestResult} for each of their tests. */
final class TestRunner implements TestExecutionListener {
    private TestRunner() {}

    /** Ends with status 0 whatever the tests came to, once all have run. */
    public static void main(String[] classes) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Stream.of(classes).map(DiscoverySelectors::selectClass).toList())
                .build();
        LauncherFactory.create().execute(request, new TestRunner());
        System.exit(0); // a test may have left a thread
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        print(test, TestResult.Kind.SKIPPED, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
        if (test.isTest() || !passed) { // a class can fail as well
            TestResult.Kind kind = switch (result.getStatus()) {
                case SUCCESSFUL -> TestResult.Kind.PASSED;
                case ABORTED -> TestResult.Kind.SKIPPED;
                case FAILED -> TestResult.Kind.FAILED;
            };
            print(test, kind, result.getThrowable().map(TestResult::text).orElse(""));
        }
    }

    private static void print(TestIdentifier test, TestResult.Kind kind, String detail) {
        System.out.println(new TestResult(kind, className(test), test.getDisplayName(), detail).line());
    }

    private static String className(TestIdentifier test) {
        return test.getSource()
                .map(source -> switch (source) {
                    case MethodSource method -> method.getClassName();
                    case ClassSource type -> type.getClassName();
                    default -> "";
                })
                .orElse("");
    }
}
