package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks of the default guest, as a person has them: with the template's clone, or from the boot on. */
@RequiresKvm
@Timeout(300)
class DiskTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path folder;

    private Path disk;
    private byte[] content;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        SharedTemplate.make();
    }

    @BeforeEach
    void fill() throws Exception {
        content = new byte[SIZE];
        new Random(6).nextBytes(content);
        disk = Files.write(folder.resolve("disk,1.img"), content);
    }

    private String path() {
        return "path=" + disk.toString().replace(",", ",,");
    }

    private String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private Result boot(List<String> options, String script) throws Exception {
        List<String> all = new ArrayList<>(List.of("boot"));
        all.addAll(options);
        all.addAll(List.of("--", "/bin/sh", "-c", script));
        Result result = new Jvmm(folder, all.toArray(new String[0])).run();
        assertEquals("", result.err());
        return result;
    }

    @ParameterizedTest
    @ValueSource(strings = { "", ",direct", ",engine=threads", ",ro", ",queues=2" })
    void aCloneReadsItsDisk(String more) throws Exception {
        Result result = boot(List.of("--disk", path() + more), "sha256sum /dev/vda; cat /sys/block/vda/ro");
        assertEquals(sum(content) + "  /dev/vda\n" + (more.equals(",ro") ? "1" : "0") + "\n", result.out());
        assertArrayEquals(content, Files.readAllBytes(disk));
    }

    /** The machine is stopped, not shut down, when the command has ended. */
    @Test
    void whatTheCommandHasWrittenIsOnTheDisk() throws Exception {
        Result result = boot(List.of("--disk", path()),
                "echo written | dd of=/dev/vda bs=512 seek=8 conv=notrunc 2>/dev/null");
        assertEquals(0, result.code());
        byte[] expected = content.clone();
        byte[] line = "written\n".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(line, 0, expected, 8 * 512, line.length);
        assertArrayEquals(expected, Files.readAllBytes(disk));
    }

    @Test
    void disksAreInTheOrderOfTheLineAndOthersFollow() throws Exception {
        Path second = Files.write(folder.resolve("second"), Arrays.copyOf(content, 4096));
        Result result = boot(
                List.of("--rng", "--disk", path() + ",serial=one", "--disk=path=" + second + ",ro", "--balloon"),
                "cat /sys/block/vda/serial /sys/block/vdb/size; cat /sys/class/misc/hw_random/rng_current;"
                        + " ls /sys/bus/virtio/drivers/virtio_balloon | grep -c ^virtio");
        assertEquals("one8\nvirtio_rng.0\n1\n", result.out());
    }

    @Test
    void twoGuestsDoNotWriteOneDisk() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        Jvmm first = new Jvmm(other, "boot", "--disk", path(), "--", "/bin/sh", "-c", "echo here; cat");
        Process process = first.startOnPipe();
        try {
            first.await(process, "out", "here");
            Result second = new Jvmm(folder, "boot", "--disk", path(), "--", "/bin/true").run();
            assertEquals(1, second.code());
            assertTrue(second.err().contains("is in use"), second.err());
        } finally {
            process.getOutputStream().close();
            assertEquals(0, first.result(process).code());
        }
    }
}
