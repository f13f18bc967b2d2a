package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.guest.EmbeddedGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The default guest's template, made once for all tests of a run by two first boots at once: a boot takes long on some hosts. */
final class SharedTemplate {
    private static Optional<SharedTemplate> shared = Optional.empty();

    private final List<Result> firstBoots = new ArrayList<>();
    private final List<String> left = new ArrayList<>();

    private SharedTemplate() {}

    /** Makes it in the tests' cache, unless it has been tried. */
    static synchronized SharedTemplate make() throws IOException, InterruptedException {
        if (shared.isEmpty()) {
            SharedTemplate template = new SharedTemplate();
            shared = Optional.of(template);
            template.bootTwice();
        }
        return shared.get();
    }

    private void bootTwice() throws IOException, InterruptedException {
        prepare(Jvmm.CACHE);
        delete(folder(Jvmm.CACHE));
        Path streams = Files.createTempDirectory("jvmm-first-boots");
        try {
            List<Jvmm> boots = new ArrayList<>();
            List<Process> processes = new ArrayList<>();
            for (String name : List.of("one", "two")) {
                Path own = Files.createDirectory(streams.resolve(name));
                Jvmm boot = new Jvmm(own, "boot", "--timing", "--", "/bin/sh", "-c", "echo hello from " + name);
                boots.add(boot);
                processes.add(boot.start());
            }
            for (int i = 0; i < boots.size(); i++) {
                firstBoots.add(boots.get(i).result(processes.get(i)));
            }
            try (Stream<Path> entries = Files.list(folder(Jvmm.CACHE))) {
                entries.forEach(path -> left.add(path.getFileName().toString()));
            }
        } finally {
            delete(streams);
        }
    }

    /** How the two first boots ended. */
    List<Result> firstBoots() {
        return firstBoots;
    }

    /** Where a cache has its templates. */
    static Path folder(Path cache) {
        return cache.resolve("jvmm/templates");
    }

    /** What the first boots left in the folder. */
    List<String> left() {
        return left;
    }

    /** Puts a copy into another cache. */
    Path copyTo(Path cache, String name) throws IOException, InterruptedException {
        prepare(cache);
        Path copy = folder(cache).resolve(name);
        mkdirPrivate(folder(cache));
        assertEquals(0,
                new ProcessBuilder("cp", "-r", "--sparse=always", folder(Jvmm.CACHE).resolve(left.get(0)).toString(),
                        copy.toString()).inheritIO().start().waitFor());
        return copy;
    }

    /** A cache that has the unpacked guest in it: where nobody wants to see that done, it only takes time. */
    static void prepare(Path cache) throws IOException {
        EmbeddedGuest guest = new EmbeddedGuest();
        Path images = cache.resolve("jvmm");
        mkdirPrivate(images);
        for (Path image : List.of(guest.kernel(), guest.initramfs())) {
            Path copy = images.resolve(image.getFileName());
            if (!Files.exists(copy)) {
                Files.copy(image, copy);
            }
        }
    }

    private static void mkdirPrivate(Path folder) throws IOException {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rwx------")));
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
