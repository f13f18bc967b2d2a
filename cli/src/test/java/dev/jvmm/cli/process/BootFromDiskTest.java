package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A system on a disk: one guest makes it, another one boots it. */
@RequiresKvm
@Timeout(600)
class BootFromDiskTest {
    private static final int SIZE = 4 << 20;

    /** Its init says what it is, leaves a file, and switches off. */
    private static final String MAKE = """
            set -e
            mke2fs /dev/vda >/dev/null 2>&1
            mkdir -p /mnt
            mount -t ext2 /dev/vda /mnt
            cd /mnt
            mkdir bin sbin dev proc
            cp /bin/busybox bin/
            ln -s busybox bin/sh
            printf '%s\\n' '#!/bin/sh' 'echo "root: $(busybox cat /etc-word)"' 'echo touched > /left' 'busybox sync' \\
                'busybox poweroff -f' > sbin/init
            chmod 755 sbin/init
            echo of the disk > etc-word
            cd /
            umount /mnt
            """;

    @TempDir
    Path folder;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        SharedTemplate.make();
    }

    @Test
    void bootsTheSystemOnTheDisk() throws Exception {
        Path disk = Files.write(folder.resolve("root.img"), new byte[SIZE]);
        Result made = new Jvmm(folder, "boot", "--disk", "path=" + disk, "--", "/bin/sh", "-c", MAKE).run();
        assertEquals(0, made.code(), made.err());
        Path console = folder.resolve("console");
        Result booted = new Jvmm(folder, "boot", "--quiet", "--root", "path=" + disk + ",rw", "--console",
                "file:" + console)
                .run();
        assertEquals(0, booted.code(), booted.err() + Files.readString(console));
        assertTrue(Files.readString(console).contains("root: of the disk"), Files.readString(console));
        Result left = new Jvmm(folder, "boot", "--disk", "path=" + disk + ",ro", "--", "/bin/sh", "-c",
                "mkdir -p /mnt; mount -r -t ext2 /dev/vda /mnt && cat /mnt/left").run();
        assertEquals("touched\n", left.out(), left.err());
    }

    @Test
    void saysWhatIsWrongWithADiskOrACommand() throws Exception {
        Path disk = Files.write(folder.resolve("empty.img"), new byte[SIZE]);
        Result empty = new Jvmm(folder, "boot", "--root", "path=" + disk, "--console", "off").run();
        assertEquals(1, empty.code());
        assertTrue(empty.err().contains("has neither partitions nor a file system"), empty.err());
        Result command = new Jvmm(folder, "boot", "--root", "path=" + disk, "--", "/bin/true").run();
        assertEquals(2, command.code());
        assertTrue(command.err().contains("takes no command"), command.err());
    }
}
