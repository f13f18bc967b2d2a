package dev.jvmm.lab;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;

/**
 * What a test inside the lab came to.
 *
 * @param type the full name of its class
 * @param name the test's own; that of the class, if all of that failed or was skipped
 * @param detail the failure with its stack, or the reason of a skip
 */
record TestResult(Kind kind, String type, String name, String detail) {
    enum Kind {
        PASSED, FAILED, SKIPPED
    }

    /** Tells the lines below from what the tests print themselves. */
    private static final String MARK = "test-result\t";

    private static final String SEPARATOR = "\t";
    private static final int FIELDS = 4;

    /** Class and test, as a person would look for them. */
    String title() {
        return type.substring(type.lastIndexOf('.') + 1) + "." + name;
    }

    String line() {
        return MARK + String.join(SEPARATOR, kind.name(), escaped(type), escaped(name), escaped(detail));
    }

    /** Empty for any other line. */
    static Optional<TestResult> parse(String line) {
        if (!line.startsWith(MARK)) {
            return Optional.empty();
        }
        String[] fields = line.substring(MARK.length()).split(SEPARATOR, FIELDS);
        return Optional.of(new TestResult(Kind.valueOf(fields[0]), fields[1].translateEscapes(),
                fields[2].translateEscapes(), fields[3].translateEscapes()));
    }

    static String text(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n");
    }
}
