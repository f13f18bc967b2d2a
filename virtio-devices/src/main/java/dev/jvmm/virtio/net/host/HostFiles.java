package dev.jvmm.virtio.net.host;

import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Small text files of /proc and /sys. */
final class HostFiles {
    private HostFiles() {}

    /** A file's first line; empty when it can not be read. */
    static String line(String path) {
        List<String> lines = lines(path);
        return lines.isEmpty() ? "" : lines.getFirst();
    }

    /** A file's lines; none when it can not be read. */
    static List<String> lines(String path) {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new FileReader(path, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // as if it were empty
        }
        return lines;
    }
}
