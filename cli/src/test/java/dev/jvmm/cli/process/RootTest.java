package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.image.ImageBuilder;
import dev.jvmm.testing.RequiresKvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A busybox system with an init of its own, as a tarball and as what is made of it. */
@RequiresKvm
@Timeout(900)
class RootTest {
    /** Says where it is, whether it was there before, and leaves a mark. */
    private static final String INIT = """
            #!/bin/busybox sh
            b=/bin/busybox
            [ -e /mark ] && echo 'ROOT again' || echo 'ROOT fresh'
            $b touch /mark && echo 'ROOT marked'
            $b grep -E ' /(proc|sys|dev|run|dev/pts|dev/shm)? ' /proc/mounts | $b sed 's/^/MOUNT /'
            $b sync
            $b poweroff -f
            """;

    @TempDir
    Path folder;

    private Path tree;

    @BeforeEach
    void makeTree() throws Exception {
        Assumptions.assumeTrue(ImageBuilder.available(), "no e2fsprogs here: apt-get install e2fsprogs");
        tree = busybox(folder.resolve("tree"), INIT);
    }

    /** Makes the tree of a system that has the default guest's busybox, and that init. */
    static Path busybox(Path tree, String init) throws Exception {
        Files.createDirectories(tree);
        // Its initial RAM disk is an archive of cpio's.
        Process cpio = new ProcessBuilder("cpio", "-id", "--quiet", "bin/busybox", "./bin/busybox")
                .directory(tree.toFile()).redirectInput(new EmbeddedGuest().initramfs().toFile()).start();
        assertEquals(0, cpio.waitFor());
        for (String each : new String[]{ "sbin", "etc", "proc", "sys", "dev", "run", "root" }) {
            Files.createDirectories(tree.resolve(each));
        }
        Files.createSymbolicLink(tree.resolve("bin/sh"), Path.of("busybox"));
        Path program = Files.writeString(tree.resolve("sbin/init"), init);
        assertTrue(program.toFile().setExecutable(true, false));
        return tree;
    }

    private String boot(String root) throws Exception {
        Path console = folder.resolve("console");
        Result result = new Jvmm(folder, "boot", "--quiet", "--root", root, "--console", "file:" + console).run();
        String text = Files.readString(console, StandardCharsets.ISO_8859_1);
        assertEquals(0, result.code(), () -> result.err() + text);
        assertTrue(text.contains("ROOT marked"), text);
        for (String each : new String[]{ "/proc", "/sys", "/dev", "/run", "/dev/pts", "/dev/shm" }) {
            assertTrue(text.contains(" " + each + " "), each + " in " + text);
        }
        return text;
    }

    @Test
    void aTarballBootsBelowAnOverlay() throws Exception {
        Path tarball = folder.resolve("root.tar.gz");
        assertEquals(0, new ProcessBuilder("tar", "-czf", tarball.toString(), "-C", tree.toString(), ".").start()
                .waitFor());
        for (int i = 0; i < 2; i++) {
            String text = boot(tarball.toString());
            assertTrue(text.contains("ROOT fresh"), text);
            assertTrue(text.contains("MOUNT overlay / "), text);
        }
        Result writable = new Jvmm(folder, "boot", "--root", tarball + ",rw").run();
        assertEquals(2, writable.code());
        assertTrue(writable.err().contains("jvmm image build"), writable.err());
    }

    @Test
    void aFolderComesOver9p() throws Exception {
        String below = boot(tree.toString());
        assertTrue(below.contains("ROOT fresh") && below.contains("MOUNT overlay / "), below);
        assertTrue(Files.notExists(tree.resolve("mark")));
        String written = boot(tree + ",rw");
        assertTrue(written.contains("ROOT fresh") && written.contains("MOUNT root / 9p rw,"), written);
        assertTrue(Files.exists(tree.resolve("mark")));
    }

    @Test
    void anImageIsMappedAndKeepsWhatIsWritten() throws Exception {
        Path image = folder.resolve("root.img");
        Result made = new Jvmm(folder, "image", "build", "--from", tree.toString(), image.toString()).run();
        assertEquals(0, made.code(), made.err());
        String mapped = boot(image + ",rw");
        assertTrue(mapped.contains("ROOT fresh"), mapped);
        assertTrue(mapped.contains("MOUNT /dev/pmem0p1 / ext4 rw,relatime,dax=always"), mapped);
        String text = boot(image + ",rw,via=blk");
        assertTrue(text.contains("ROOT again"), text);
        assertTrue(text.contains("MOUNT /dev/vda1 / ext4 rw"), text);
        Result inspected = new Jvmm(folder, "image", "inspect", image.toString()).run();
        assertTrue(inspected.out().contains("as persistent memory  partition 1: Linux, at 3 MiB"), inspected.out());
    }
}
