package dev.jvmm.lab;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Debian's tools for test guests, see {@code lab/tools}.
 *
 * @param root a folder with them, and with the libraries they need
 * @param image the same as a file system, for a guest's first disk
 */
record LabTools(Path root, Path image) {
    private static final int FIRST_USE_SECONDS = 600;
    private static final int DEBIAN_SECONDS = 900;
    private static final int PACKING_SECONDS = 60;

    /**
     * Finds them; fetches them first where that was not done yet.
     *
     * @throws LabException when this host can not, with the reason
     */
    static LabTools find() {
        Map<String, Path> found = LabMachine.call(FIRST_USE_SECONDS, "tools")
                .lines()
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> Path.of(pair[1])));
        return new LabTools(found.get("root"), found.get("image"));
    }

    /** A small Debian system's image; made first where that was not done yet, which takes root. */
    static String debian() {
        try {
            return LabMachine.call(DEBIAN_SECONDS, "debian").strip().replaceFirst("^image=", "");
        } catch (LabException e) {
            assumeTrue("1".equals(System.getenv("JVMM_REQUIRE_LAB")), e.getMessage());
            throw e;
        }
    }

    /** Packs an initrd that mounts the first disk and runs {@code folder/job} there. */
    Path initrd(Path out, Path folder) {
        LabMachine.call(PACKING_SECONDS, "tools", "--initrd", out.toString(), "--job", folder.toString());
        return out;
    }
}
