package dev.jvmm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The host's files, below a folder that a test may choose. What can not be read is empty. */
final class HostFiles {
    private final Path root;

    HostFiles(String root) {
        this.root = Path.of(root);
    }

    boolean exists(String path) {
        return Files.exists(root.resolve(path));
    }

    boolean writable(String path) {
        return Files.isWritable(root.resolve(path));
    }

    String text(String path) {
        try {
            return Files.readString(root.resolve(path)).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** The value of the first line {@code key: value}. */
    String line(String path, String key) {
        for (String line : text(path).split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
                return line.substring(colon + 1).strip();
            }
        }
        return "";
    }
}
