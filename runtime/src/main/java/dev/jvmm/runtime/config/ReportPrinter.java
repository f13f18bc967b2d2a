package dev.jvmm.runtime.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.jvmm.runtime.config.KeyReport.Status;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Locale;

/** Writes a {@link ConfigurationReport} for people or for programs. */
public final class ReportPrinter {
    private ReportPrinter() {}

    /** The process exit status that goes with a report: 0 when nothing is wrong, 1 when the file is invalid. */
    public static int exitStatus(ConfigurationReport report) {
        return report.clean() ? 0 : 1;
    }

    /** One line per key with its line in the file, then the problems, then a summary. */
    public static void text(ConfigurationReport report, Appendable out) throws IOException {
        String file = report.file().toString();
        for (KeyReport key : report.keys()) {
            StringBuilder line = new StringBuilder();
            pad(line, 0, key.status().words());
            pad(line, 10, "line " + key.position().line());
            pad(line, 20, key.dottedPath());
            if (!key.note().isEmpty()) {
                pad(line, 60, key.note());
            }
            out.append(line).append('\n');
        }
        for (Problem problem : report.problems()) {
            if (!repeatsTable(problem, report)) {
                out.append(problem.describe(file)).append('\n');
            }
        }
        out.append(summary(report)).append('\n');
    }

    /** The table has said already which keys are not supported yet. */
    private static boolean repeatsTable(Problem problem, ConfigurationReport report) {
        return problem.severity() == Problem.Severity.WARNING
                && report.keys().stream().anyMatch(key -> key.position().equals(problem.position())
                        && key.status() == Status.NOT_YET);
    }

    private static void pad(StringBuilder line, int column, String text) {
        if (!line.isEmpty()) {
            line.append(' ');
        }
        line.append(" ".repeat(Math.max(0, column - line.length()))).append(text);
    }

    private static String summary(ConfigurationReport report) {
        int errors = report.errors().size();
        String verdict = report.clean() ? "ok"
                : errors == 0 ? "unknown keys" : errors == 1 ? "1 error" : errors + " errors";
        String backend = report.backend().map(found -> ", backend " + found.table()).orElse("");
        return report.file() + ": " + verdict + backend + "; " + report.count(Status.HONOURED) + " honoured, "
                + report.count(Status.NOT_YET) + " not yet supported, " + report.count(Status.UNKNOWN) + " unknown";
    }

    /** One JSON object with {@code file}, {@code backend} (null when there is none), {@code ok}, {@code keys}, {@code problems}. */
    public static void json(ConfigurationReport report, Appendable out) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeStringField("file", report.file().toString());
            json.writeStringField("backend", report.backend().map(Backend::table).orElse(null));
            json.writeBooleanField("ok", report.clean());
            json.writeArrayFieldStart("keys");
            for (KeyReport key : report.keys()) {
                key(key, json);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("problems");
            for (Problem problem : report.problems()) {
                problem(problem, json);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        out.append(text.getBuffer()).append('\n');
    }

    private static void key(KeyReport key, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("table", key.table());
        json.writeStringField("key", key.key());
        json.writeNumberField("line", key.position().line());
        json.writeStringField("status", key.status().name().toLowerCase(Locale.ROOT));
        json.writeBooleanField("missed", key.missed());
        json.writeStringField("note", key.note());
        json.writeEndObject();
    }

    private static void problem(Problem problem, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("severity", problem.severity().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("line", problem.position().line());
        json.writeNumberField("column", problem.position().column());
        json.writeStringField("key", problem.key());
        json.writeStringField("message", problem.message());
        json.writeEndObject();
    }
}
