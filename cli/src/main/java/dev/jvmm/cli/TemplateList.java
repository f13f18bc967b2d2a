package dev.jvmm.cli;

import dev.jvmm.snapshot.Template;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** What {@code jvmm template ls} prints. */
final class TemplateList {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT)
            .withZone(ZoneId.systemDefault());

    private TemplateList() {}

    static String text(List<Template> templates) {
        StringBuilder text = new StringBuilder(row("NAME", "VCPUS", "MEMORY", "ON DISK", "CREATED", "LAST USED"));
        for (Template template : templates) {
            text.append(template.problem().isPresent()
                    ? "%-30s can not be used: %s%n".formatted(template.name(), template.problem().get())
                    : row(template.name(), fact(template, TemplateIdentity.CPUS),
                            fact(template, TemplateIdentity.MEMORY),
                            mebibytes(template.diskSize()), TIME.format(Instant.ofEpochMilli(template.created())),
                            TIME.format(Instant.ofEpochMilli(template.lastUsed()))));
        }
        return text.toString();
    }

    private static String row(String... columns) {
        return "%-30s %5s %8s %8s  %-16s  %-16s%n".formatted((Object[]) columns);
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static String fact(Template template, String name) {
        return template.identity().value(name).orElse("?");
    }

    static String json(List<Template> templates) {
        StringBuilder json = new StringBuilder("[");
        for (Template template : templates) {
            json.append(json.length() == 1 ? "\n" : ",\n").append("{\"name\":").append(Finding.quote(template.name()));
            json.append(",\"automatic\":").append(template.automatic());
            json.append(",\"vcpus\":").append(Finding.quote(fact(template, TemplateIdentity.CPUS)));
            json.append(",\"memory\":").append(Finding.quote(fact(template, TemplateIdentity.MEMORY)));
            json.append(",\"disk_bytes\":").append(template.diskSize());
            json.append(",\"created_ms\":").append(template.created());
            json.append(",\"last_used_ms\":").append(template.lastUsed());
            json.append(",\"problem\":").append(Finding.quote(template.problem().orElse(""))).append('}');
        }
        return json.append("]\n").toString();
    }
}
