package dev.jvmm.runtime.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes configuration files, with a kernel and an initrd that are there, into a test's own directory. */
final class ConfigFiles {
    private final Path directory;
    private final Path kernel;
    private final Path initrd;

    ConfigFiles(Path directory) throws IOException {
        this.directory = directory;
        this.kernel = Files.writeString(directory.resolve("vmlinux"), "kernel");
        this.initrd = Files.writeString(directory.resolve("initrd.cpio"), "initrd");
    }

    Path kernel() {
        return kernel;
    }

    Path initrd() {
        return initrd;
    }

    Path write(String text) throws IOException {
        return write(text.getBytes(StandardCharsets.UTF_8));
    }

    Path write(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("configuration.toml"), bytes);
    }

    /** A file with a table for this backend, a kernel on line 2, and the given lines from line 3 on. */
    Path minimal(String backend, String... lines) throws IOException {
        return write("[hypervisor." + backend + "]\nkernel = \"" + kernel + "\"\n" + String.join("\n", lines) + "\n");
    }

    /** The resource with every key of Kata's, for this backend and program. */
    Path everyKey(String backend, Path binary) throws IOException {
        try (InputStream in = ConfigFiles.class.getResourceAsStream("configuration-every-key.toml")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return write(text.replace("@BACKEND@", backend)
                    .replace("@BINARY@", binary.toString())
                    .replace("@KERNEL@", kernel.toString())
                    .replace("@INITRD@", initrd.toString()));
        }
    }
}
