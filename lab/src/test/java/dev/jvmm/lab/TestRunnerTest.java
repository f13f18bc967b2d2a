package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.lab.TestResult.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** What becomes of a test is told, whatever it is; here, without the lab. */
class TestRunnerTest {
    private static final int SECONDS = 120;

    /** Not found by the build: the runner alone runs these. */
    static final class Sample {
        @Test
        void passes() {
            System.out.println("words of a test's own");
        }

        @Test
        void fails() {
            fail("two\nlines,\ta tab and a \\");
        }

        @Test
        void assumes() {
            assumeTrue(false, "not here");
        }

        @Test
        @Disabled("not today")
        void disabled() {
            fail("it ran");
        }
    }

    /** Fails as a whole. */
    static final class Broken {
        @BeforeAll
        static void breaks() {
            fail("broken");
        }

        @Test
        void neverRuns() {
            // Nothing comes of it.
        }
    }

    private static Map<String, TestResult> run(Class<?>... classes) {
        List<String> command = new ArrayList<>(LabMachine.java(List.of(), TestRunner.class.getName()));
        for (Class<?> type : classes) {
            command.add(type.getName());
        }
        Finished run = Finished.run(SECONDS, command);
        assertEquals(0, run.status(), run::toString);
        return run.out()
                .lines()
                .map(TestResult::parse)
                .flatMap(Optional::stream)
                .collect(Collectors.toMap(TestResult::title, Function.identity()));
    }

    @Test
    void tellsWhatBecameOfEach() {
        Map<String, TestResult> results = run(Sample.class, Broken.class);
        assertEquals(5, results.size(), results::toString);
        assertEquals(Kind.PASSED, results.get("TestRunnerTest$Sample.passes()").kind());
        TestResult failed = results.get("TestRunnerTest$Sample.fails()");
        assertEquals(Kind.FAILED, failed.kind());
        assertTrue(failed.detail().contains("two\nlines,\ta tab and a \\\n"), failed::detail);
        TestResult assumed = results.get("TestRunnerTest$Sample.assumes()");
        assertEquals(Kind.SKIPPED, assumed.kind());
        assertTrue(assumed.detail().contains("not here"), assumed::detail);
        assertEquals(Kind.SKIPPED, results.get("TestRunnerTest$Sample.disabled()").kind());
        assertEquals(Kind.FAILED, results.get("TestRunnerTest$Broken.TestRunnerTest$Broken").kind());
    }
}
