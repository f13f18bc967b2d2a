package dev.jvmm.snapshot;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads the beginning of small files of the kernel's. */
final class ProcFile {
    private ProcFile() {}

    /** Up to {@code most} bytes as text; empty when it can not be read. */
    static String read(String path, int most) {
        byte[] bytes = new byte[most];
        int length = 0;
        try (FileInputStream in = new FileInputStream(path)) {
            int done = in.read(bytes, 0, most);
            while (done > 0) {
                length += done;
                done = in.read(bytes, length, most - length);
            }
        } catch (IOException e) {
            return "";
        }
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
}
