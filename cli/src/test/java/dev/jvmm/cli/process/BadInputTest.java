package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person gets wrong, or a host lacks: one line that says what and what to do, and the exit code that is documented. */
@RequiresKvm
class BadInputTest {
    private static final int ELF_HEADER = 64;

    @TempDir
    Path folder;

    private Path nil;

    @BeforeEach
    void writeAGuestThatResets() throws IOException {
        nil = Files.write(folder.resolve("nil.elf"), elf(0x10_0000, 0x10_0000, 8, 8));
    }

    /** An ELF program of one segment whose code writes 0xFE to port 0x64. */
    private static byte[] elf(long entry, long address, long fileSize, long memorySize) {
        ByteBuffer elf = ByteBuffer.allocate(ELF_HEADER + 56 + 8).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[]{ 0x7F, 'E', 'L', 'F', 2, 1, 1 }).position(16);
        elf.putShort((short) 2).putShort((short) 62).putInt(1).putLong(entry).putLong(ELF_HEADER).putLong(0).putInt(0);
        elf.putShort((short) ELF_HEADER).putShort((short) 56).putShort((short) 1).position(ELF_HEADER);
        elf.putInt(1).putInt(5).putLong(ELF_HEADER + 56).putLong(address).putLong(address);
        elf.putLong(fileSize).putLong(memorySize).putLong(1);
        return elf.put(
                new byte[]{ (byte) 0xB0, (byte) 0xFE, (byte) 0xE6, 0x64, (byte) 0xF4, (byte) 0xEB, (byte) 0xFD, 0 })
                .array();
    }

    private Result boot(String... arguments) throws IOException, InterruptedException {
        return new Jvmm(folder, Stream.concat(Stream.of("boot"), Arrays.stream(arguments)).toArray(String[]::new))
                .run();
    }

    private Result bootFile(byte[] content) throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("kernel"), content);
        return boot("--kernel", file.toString(), "--console", "off");
    }

    /** One line on stderr, from jvmm, that says these words. */
    private static void assertSays(Result result, int code, String... words) {
        assertEquals(code, result.code(), result.err());
        assertEquals("", result.out());
        assertTrue(result.err().startsWith("jvmm: "), result.err());
        assertFalse(result.err().contains("\tat "), result.err());
        for (String word : words) {
            assertTrue(result.err().contains(word), word + " is not in: " + result.err());
        }
    }

    @Test
    void theNilGuestIsFine() throws Exception {
        Result result = boot("--kernel", nil.toString(), "--console", "off");
        assertEquals(new Result(0, "", ""), result);
    }

    @Test
    void aKernelThatIsNotThere() throws Exception {
        assertSays(boot("--kernel", folder.resolve("gone").toString()), 1, "gone", "no such file");
    }

    @Test
    void aFolderAsKernel() throws Exception {
        assertSays(boot("--kernel", folder.toString()), 1, "not a regular file");
    }

    @Test
    void anEmptyKernel() throws Exception {
        assertSays(bootFile(new byte[0]), 1, "empty");
    }

    @Test
    void aTruncatedKernel() throws Exception {
        assertSays(bootFile(Arrays.copyOf(elf(0x10_0000, 0x10_0000, 8, 8), ELF_HEADER + 20)), 1, "kernel");
    }

    @Test
    void randomBytesAsKernel() throws Exception {
        byte[] random = new byte[100_000];
        new Random(1).nextBytes(random);
        assertSays(bootFile(random), 1, "not a");
    }

    @Test
    void a32BitKernel() throws Exception {
        ByteBuffer file = ByteBuffer.allocate(52 + 32 + 4).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[]{ 0x7F, 'E', 'L', 'F', 1, 1, 1 }).position(16);
        file.putShort((short) 2).putShort((short) 3).putInt(1).putInt(0x10_0000).putInt(52).putInt(0).putInt(0);
        file.putShort((short) 52).putShort((short) 32).putShort((short) 1).position(52);
        file.putInt(1).putInt(84).putInt(0x10_0000).putInt(0x10_0000).putInt(4).putInt(4).putInt(5).putInt(1);
        byte[] elf = file.array();
        assertSays(bootFile(elf), 1, "32-bit");
    }

    @Test
    void anArm64Kernel() throws Exception {
        byte[] elf = elf(0x10_0000, 0x10_0000, 8, 8);
        elf[18] = (byte) 183;
        assertSays(bootFile(elf), 1, "x86-64");
    }

    @ParameterizedTest
    @CsvSource({ "0x40000000, 8, 8", "0xFFFFFFFFFFFFF000, 8, 0x2000", "0x100000, 8, 4", "0x100000, 4096, 4096" })
    void segmentsThatLie(String address, String fileSize, String memorySize) throws Exception {
        long at = Long.parseUnsignedLong(address.substring(2), 16);
        assertSays(bootFile(elf(at, at, Long.decode(fileSize), Long.decode(memorySize))), 1, "kernel");
    }

    @Test
    void anInitrdThatDoesNotFit() throws Exception {
        Path initrd = folder.resolve("initrd");
        try (var file = java.nio.channels.FileChannel.open(
                initrd, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), 64L << 20);
        }
        assertSays(
                boot("--kernel", nil.toString(), "--initrd", initrd.toString(), "--memory", "32M"), 1, "initrd",
                "memory");
    }

    @Test
    void aCommandLineThatIsTooLong() throws Exception {
        assertSays(boot("--kernel", nil.toString(), "--cmdline", "x".repeat(70_000)), 2, "command line");
    }

    @ParameterizedTest
    @CsvSource({ "0, 254", "300, 254", "-1, 254", "two, number", "99999999999, number" })
    void processorsThatCanNotBe(String count, String word) throws Exception {
        Result result = boot("--kernel", nil.toString(), "--cpus=" + count);
        assertSays(result, 2);
        assertTrue(result.err().contains(word) || result.err().contains(count), result.err());
    }

    @ParameterizedTest
    @CsvSource({ "4K", "100T", "0", "1.5G", "12X", "''", "-1M" })
    void memoryThatCanNotBe(String size) throws Exception {
        assertSays(boot("--kernel", nil.toString(), "--memory=" + size), 2, "memory");
    }

    @Test
    void moreMemoryThanTheHostHas() throws Exception {
        assertSays(boot("--kernel", nil.toString(), "--memory", "3T"), 1, "memory", "give less");
    }

    @Test
    void hugePagesThatTheHostDoesNotHave() throws Exception {
        assertSays(
                boot("--kernel", nil.toString(), "--memory", "64G", "--hugepages"), 1, "memory");
        assertSays(boot("--kernel", nil.toString(), "--memory", "1G", "--hugepages"), 1, "ENOMEM", "nr_hugepages");
    }

    @Test
    void anUnknownOptionNamesTheNearest() throws Exception {
        assertSays(boot("--kernal", nil.toString()), 2, "--kernel");
    }

    /** Hiding a device from a process takes a mount namespace. */
    private static void requireRoot() {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "only root can hide /dev/kvm");
    }

    @Test
    void noKvm() throws Exception {
        requireRoot();
        Result result = new Jvmm(folder, "boot", "--kernel", nil.toString(), "--console", "off")
                .under("unshare -m sh -c 'mount -t tmpfs none /dev && \"$@\"' sh \"$@\"")
                .run();
        assertSays(result, 1, "/dev/kvm", "ENOENT", "kvm_intel");
    }

    @Test
    void noRightToKvm() throws Exception {
        requireRoot();
        Path node = folder.resolve("kvm");
        Result result = new Jvmm(folder, "boot", "--kernel", nil.toString(), "--console", "off")
                .under("unshare -m sh -c 'touch " + node + " && chmod 0 " + node + " && mount --bind " + node
                        + " /dev/kvm && chmod -R a+rX " + folder + " && setpriv --reuid 65534 --regid 65534"
                        + " --clear-groups -- \"$@\"' sh \"$@\"")
                .run();
        assertSays(result, 1, "/dev/kvm", "EACCES", "usermod -aG kvm");
    }

    @Test
    void closedStreams() throws Exception {
        Result result = new Jvmm(folder, "boot", "--kernel", nil.toString(), "--console", "off")
                .under("exec \"$@\" <&- >&- 2>&-")
                .run();
        assertEquals(0, result.code());
    }

    @Test
    void pipesAsStreams() throws Exception {
        Result result = new Jvmm(folder, "boot", "--kernel", nil.toString())
                .under("true | \"$@\" | cat; exit 0")
                .run();
        assertEquals(new Result(0, "", ""), result);
    }

    @ParameterizedTest
    @CsvSource({ "INT, 130", "TERM, 143", "HUP, 129" })
    void signalsEndIt(String signal, int code) throws Exception {
        // jmp $ where the nil guest has its code
        byte[] spin = elf(0x10_0000, 0x10_0000, 8, 8);
        spin[spin.length - 8] = (byte) 0xEB;
        spin[spin.length - 7] = (byte) 0xFE;
        Path kernel = Files.write(folder.resolve("spin.elf"), spin);
        for (int delay : new int[]{ 50, 150, 300, 600 }) {
            Jvmm jvmm = new Jvmm(folder, "boot", "--kernel", kernel.toString(), "--console", "off");
            Process process = jvmm.start();
            Thread.sleep(delay);
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
            Result result = jvmm.result(process);
            assertEquals(code, result.code(), "after " + delay + " ms: " + result.err());
            // Not empty: a JVM that is hit while it starts may have a word of its own to say.
            assertFalse(result.err().contains("jvmm: "), result.err());
        }
    }
}
