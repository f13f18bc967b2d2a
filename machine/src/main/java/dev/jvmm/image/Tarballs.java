package dev.jvmm.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Tells tarballs from other files. */
public final class Tarballs {
    static final String GZIP = "gzip";

    /** What packed files begin with, and the program that unpacks them. */
    private static final Map<String, String> PACKED = Map.of("\u001F\u008B", GZIP, "\u00FD7zXZ", "xz",
            "(\u00B5/\u00FD", "zstd", "BZh", "bzip2");

    private static final int MAGIC = 257;
    private static final int LENGTH = 512;

    private Tarballs() {}

    /** Whether a file is an archive of tar's, or packed as they use to be; not what cannot be read. */
    public static boolean isOne(Path file) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            String start = new String(in.readNBytes(LENGTH), StandardCharsets.ISO_8859_1);
            return program(start).isPresent() || start.startsWith("ustar", MAGIC);
        } catch (IOException e) {
            return false;
        }
    }

    /** The program that unpacks what begins so. */
    static Optional<String> program(String start) {
        for (Map.Entry<String, String> known : PACKED.entrySet()) {
            if (start.startsWith(known.getKey())) {
                return Optional.of(known.getValue());
            }
        }
        return Optional.empty();
    }
}
