package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clones of the default guest with a file in their physical memory. */
@RequiresKvm
@Timeout(600)
class PmemTest {
    private static final int SIZE = 4 << 20;

    /** The kernel makes the block device some moments after its driver is bound. */
    private static final String AWAIT = "while ! [ -e /dev/pmem0 ]; do usleep 10000; done; ";

    @TempDir
    Path folder;

    private Path image;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        SharedTemplate.make();
    }

    @BeforeEach
    void begin() throws Exception {
        image = Files.write(folder.resolve("pmem.img"), new byte[SIZE]);
    }

    private Jvmm boot(String more, String script) {
        return new Jvmm(folder, "boot", "--pmem", "path=" + image + more, "--", "/bin/sh", "-c", AWAIT + script);
    }

    private String text(int offset, int length) throws Exception {
        return new String(Files.readAllBytes(image), offset, length, StandardCharsets.US_ASCII);
    }

    @Test
    void aFileSystemOnItIsMountedWithDax() throws Exception {
        Result made = boot("",
                "mke2fs -b 4096 /dev/pmem0 >/dev/null 2>&1; mkdir /mnt; mount -t ext2 -o dax /dev/pmem0 /mnt;"
                        + " grep -o ' rw,.*dax' /proc/mounts; echo jvmm was here > /mnt/file")
                .run();
        assertTrue(made.out().contains("dax"), made.out() + made.err());
        assertEquals(0, made.code(), made.err());
        Result read = boot(",ro", "mkdir /mnt; mount -t ext2 -o ro,dax /dev/pmem0 /mnt; cat /mnt/file").run();
        assertEquals("jvmm was here\n", read.out(), read.err());
    }

    @Test
    void whatIsPrivateStaysWithTheGuest() throws Exception {
        Result result = boot(",private", "echo written | dd of=/dev/pmem0 conv=notrunc 2>/dev/null; sync;"
                + " head -c 8 /dev/pmem0").run();
        assertEquals("written\n", result.out(), result.err());
        assertEquals("\0\0\0\0", text(0, 4));
    }

    /** The guest goes on, its writes fail, and so does nothing else. */
    @Test
    void aFileThatIsCutShortFailsForTheGuest() throws Exception {
        Jvmm jvmm = boot("",
                "echo written | dd of=/dev/pmem0 conv=notrunc,fsync 2>/dev/null; echo flushed $?; read cut;"
                        + " head -c 8 /dev/pmem0; dd if=/dev/pmem0 bs=4096 skip=512 count=1 2>/dev/null | sha256sum | cut -c 1-8;"
                        + " echo again | dd of=/dev/pmem0 bs=4096 seek=600 conv=notrunc,fsync 2>/dev/null; echo flushed $?");
        Process process = jvmm.startOnPipe();
        jvmm.await(process, "out", "flushed 0");
        assertEquals("written\n", text(0, 8));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(8192);
        }
        process.getOutputStream().write("cut\n".getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().close();
        Result result = jvmm.result(process);
        assertEquals("flushed 0\nwritten\nad7facb2\nflushed 1\n", result.out(), result.err());
        assertEquals(0, result.code());
        assertTrue(result.err().contains("was cut short"), result.err());
        assertEquals(8192, Files.size(image));
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        Files.write(image, new byte[1000]);
        Result odd = new Jvmm(folder, "boot", "--pmem", "path=" + image, "--", "/bin/true").run();
        assertEquals(1, odd.code());
        assertTrue(odd.err().contains("multiples of 2 MiB"), odd.err());
        Result both = new Jvmm(folder, "boot", "--pmem", "path=x,ro,private", "--", "/bin/true").run();
        assertEquals(2, both.code());
        assertTrue(both.err().contains("give one of the two"), both.err());
        Result label = new Jvmm(folder, "boot", "--nvdimm", "path=x,labels=5", "--", "/bin/true").run();
        assertEquals(2, label.code());
        assertTrue(label.err().contains("give a multiple of 4096"), label.err());
    }
}
