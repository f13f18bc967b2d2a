package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Builds the programs of {@code guest-kernel/selftest}, which tests put into guests. */
public final class GuestTools {
    private static final Path SOURCES = Path.of("../guest-kernel/selftest").toAbsolutePath();
    private static final int SECONDS = 300;

    private final Path folder;

    /** Works in that folder; skips the test where there is no compiler. */
    public GuestTools(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        boolean there = shell("command -v musl-gcc && command -v cpio") == 0;
        if ("1".equals(System.getenv("JVMM_REQUIRE_KVM"))) {
            assertTrue(there, "musl-gcc and cpio are needed: apt-get install musl-tools cpio");
        }
        Assumptions.assumeTrue(there, "no musl-gcc or cpio here: apt-get install musl-tools cpio");
    }

    /** The folder with {@code bin/selftest} and {@code bin/soak}. */
    public Path build() throws IOException, InterruptedException {
        Path programs = folder.resolve("programs");
        assertEquals(0, shell("'" + SOURCES + "/build' '" + programs + "'"));
        return programs;
    }

    /** An archive of all of a folder. */
    public Path archive(Path root) throws IOException, InterruptedException {
        Path archive = root.resolveSibling(root.getFileName() + ".cpio");
        assertEquals(0, shell("cd '" + root + "' && find . | cpio -o -H newc --quiet >'" + archive + "'"));
        return archive;
    }

    /** An initial RAM disk that has nothing but soak in it, as its init. */
    public Path soakArchive(Path programs) throws IOException, InterruptedException {
        Path root = Files.createDirectories(folder.resolve("soak"));
        Files.copy(programs.resolve("bin/soak"), root.resolve("init"));
        return archive(root);
    }

    /** What a program prints, on this host. */
    public String output(String... command) throws IOException, InterruptedException {
        Path text = folder.resolve("output");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(text.toFile()).start();
        finish(process);
        return Files.readString(text, StandardCharsets.UTF_8);
    }

    private static int shell(String script) throws IOException, InterruptedException {
        return finish(new ProcessBuilder("bash", "-c", script).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start());
    }

    private static int finish(Process process) throws InterruptedException {
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }
}
