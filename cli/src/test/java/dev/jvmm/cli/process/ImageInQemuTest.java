package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.image.ImageBuilder;
import dev.jvmm.image.ImageProgress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An image of ours as QEMU's own NVDIMM, on QEMU's own processor: whether others take it for what Kata's images are. */
@Timeout(300)
class ImageInQemuTest {
    private static final int SECONDS = 240;

    /** What Kata's runtime says. */
    private static final String KATA = "root=/dev/pmem0p1 rootflags=dax,data=ordered,errors=remount-ro ro rootfstype=ext4 rootwait";

    private static final String INIT = """
            #!/bin/busybox sh
            b=/bin/busybox
            $b mount -t proc proc /proc
            $b sed -n 's/^\\([^ ]* \\/ ext4\\)/MOUNT \\1/p' /proc/mounts
            $b poweroff -f
            """;

    @TempDir
    Path folder;

    @Test
    void bootsWithDax() throws Exception {
        boolean qemu = Files.isExecutable(Path.of("/usr/bin/qemu-system-x86_64"));
        Assumptions.assumeTrue(qemu && ImageBuilder.available(), "no QEMU or e2fsprogs here");
        Path tree = RootTest.busybox(folder.resolve("tree"), INIT);
        Path image = folder.resolve("root.img");
        ImageBuilder.build(new ImageBuilder.Request(tree, 0, image, false), ImageProgress.NONE);
        List<String> command = new ArrayList<>(List.of("qemu-system-x86_64", "-M", "q35,nvdimm=on", "-accel", "tcg",
                "-cpu", "max", "-m", "512M,slots=2,maxmem=2G", "-nodefaults", "-nographic", "-serial", "stdio",
                "-no-reboot", "-object", "memory-backend-file,id=m,share=on,mem-path=" + image + ",size="
                        + Files.size(image),
                "-device", "nvdimm,id=n,memdev=m", "-kernel", new EmbeddedGuest().kernel().toString(), "-append",
                "console=ttyS0 quiet panic=-1 reboot=k " + KATA));
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile())
                .redirectInput(Path.of("/dev/null").toFile()).start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        String text = Files.readString(out, StandardCharsets.ISO_8859_1);
        assertTrue(ended, text);
        assertEquals(0, process.exitValue(), text);
        assertTrue(text.contains("MOUNT /dev/root / ext4 ro,") && text.contains(",dax=always"), text);
    }
}
