package dev.jvmm.cli;

import java.util.List;
import java.util.Locale;

/**
 * One fact about the host.
 *
 * @param name what was looked at, in one or two words
 * @param status what it means for guests
 * @param detail what was found
 * @param advice what to do about it; empty when there is nothing to do
 */
record Finding(String name, Status status, String detail, String advice) {
    /** What a finding means. */
    enum Status {
        /** There and usable. */
        OK,
        /** Guests boot, but something about it is less than could be. */
        LIMITED,
        /** A feature that only some guests need is not there. */
        ABSENT,
        /** No guest can boot without it. */
        MISSING
    }

    static Finding ok(String name, String detail) {
        return new Finding(name, Status.OK, detail, "");
    }

    static Finding limited(String name, String detail, String advice) {
        return new Finding(name, Status.LIMITED, detail, advice);
    }

    static Finding absent(String name, String detail, String advice) {
        return new Finding(name, Status.ABSENT, detail, advice);
    }

    static Finding missing(String name, String detail, String advice) {
        return new Finding(name, Status.MISSING, detail, advice);
    }

    static String text(List<Finding> findings, boolean bootable) {
        StringBuilder text = new StringBuilder();
        for (Finding finding : findings) {
            String status = finding.status.name().toLowerCase(Locale.ROOT);
            text.append(String.format(Locale.ROOT, "%-8s %-14s %s%n", status, finding.name, finding.detail));
            if (!finding.advice.isEmpty()) {
                text.append(" ".repeat(24)).append("-> ").append(finding.advice).append('\n');
            }
        }
        return text.append(bootable ? "\nGuests can boot here.\n" : "\nGuests can not boot here yet.\n").toString();
    }

    static String json(List<Finding> findings, boolean bootable) {
        StringBuilder json = new StringBuilder("{\"bootable\":").append(bootable).append(",\"findings\":[");
        String separator = "\n  ";
        for (Finding finding : findings) {
            json.append(separator).append("{\"name\":").append(quote(finding.name));
            json.append(",\"status\":").append(quote(finding.status.name().toLowerCase(Locale.ROOT)));
            json.append(",\"detail\":").append(quote(finding.detail));
            json.append(",\"advice\":").append(quote(finding.advice)).append('}');
            separator = ",\n  ";
        }
        return json.append("\n]}\n").toString();
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
