package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Numbers and types of the fields that Kata's runtime speaks: {@code kata-messages.txt} has them as in {@code agent.proto},
 * {@code oci.proto}, {@code types.proto}, {@code csi.proto} and {@code health.proto} below {@code src/libs/protocols/protos} of Kata
 * Containers 3.
 */
class KataMessagesTest {
    private static final Path PROTOS = Path.of("../guest-kernel/agent/protos");
    private static final Pattern MESSAGE = Pattern.compile("message (\\w+) \\{");
    private static final Pattern FIELD = Pattern
            .compile("\\s+(repeated )?([\\w.]+|map<\\w+, \\w+>) (\\w+) = (\\d+);.*");

    @Test
    void fieldsHaveTheNumbersAndTypesOfKata() throws IOException {
        Map<String, String> known = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("src/test/resources/kata-messages.txt"))) {
            if (!line.startsWith("#")) {
                int end = line.indexOf(' ');
                known.put(line.substring(0, end), line.substring(end + 1));
            }
        }
        Map<String, String> ours = new TreeMap<>();
        for (String name : List.of("agent", "oci", "types", "csi", "health")) {
            read(Files.readAllLines(PROTOS.resolve(name + ".proto")), ours);
        }
        assertEquals(text(known), text(ours));
    }

    private static String text(Map<String, String> messages) {
        return String.join("\n", messages.entrySet().stream().map(Object::toString).toList());
    }

    private static void read(List<String> lines, Map<String, String> into) {
        String message = "";
        List<String> fields = new ArrayList<>();
        for (String line : lines) {
            Matcher start = MESSAGE.matcher(line);
            Matcher field = FIELD.matcher(line);
            if (start.matches()) {
                message = start.group(1);
                fields.clear();
            } else if (field.matches()) {
                int number = Integer.parseInt(field.group(4));
                while (fields.size() < number) {
                    fields.add("-");
                }
                fields.set(number - 1, field.group(3).replace("_", "").toLowerCase(Locale.ROOT) + ":"
                        + (field.group(1) == null ? "" : "[]") + field.group(2).replace(" ", ""));
            } else if (line.equals("}") && !fields.isEmpty()) {
                into.put(message, String.join(" ", fields));
                fields.clear();
            }
        }
    }
}
