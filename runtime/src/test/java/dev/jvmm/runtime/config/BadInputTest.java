package dev.jvmm.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadInputTest {
    @TempDir
    Path directory;

    private ConfigFiles files;

    @BeforeEach
    void prepare() throws IOException {
        files = new ConfigFiles(directory);
    }

    /** The one error of a file, without the directory. */
    private String error(Path file) {
        ConfigurationReport report = ConfigurationReport.of(file, 4);
        assertEquals(1, report.errors().size(), () -> report.errors().toString());
        assertFalse(report.clean());
        return report.errors().getFirst().describe(file.toString()).replace(directory + "/", "");
    }

    private void assertError(Path file, String start, String... parts) {
        String error = error(file);
        assertTrue(error.startsWith("configuration.toml:" + start), error);
        for (String part : parts) {
            assertTrue(error.contains(part), error);
        }
    }

    @Test
    void aSyntaxErrorNamesFileLineAndKey() throws IOException {
        assertError(files.minimal("jvmm", "default_memory ="), "3:17: error: default_memory: ", "end of line");
        assertError(files.minimal("jvmm", "kernel_params = quiet"), "3:17: error: kernel_params: ", "Unexpected 'q'");
        assertError(files.minimal("jvmm", "", "[factory"), "4:9: error: ", "expected ]");
    }

    @Test
    void allSyntaxErrorsAreToldUpToALimit() throws IOException {
        ConfigurationReport two = ConfigurationReport.of(files.write("a = 1 2\nb = 1\nc = 3 4\n"));
        assertEquals(2, two.errors().size());
        assertEquals(3, two.errors().get(1).position().line());
        ConfigurationReport many = ConfigurationReport.of(files.write("a = 1 2\n".repeat(1000)));
        assertEquals(20, many.errors().size());
    }

    @Test
    void aKeySetTwiceNamesBothLines() throws IOException {
        assertError(files.minimal("jvmm", "default_vcpus = 1", "default_vcpus = 2"), "4:1: error: default_vcpus: ",
                "line 3");
        assertError(files.minimal("jvmm", "[factory]", "[factory]"), "4:1: error: ",
                "factory previously defined at line 3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            default_memory = "2G"       | default_memory: must be a whole number, not the text "2G"
            default_memory = 2048.0     | default_memory: must be a whole number, not the number 2048.0
            default_vcpus = "all"       | default_vcpus: must be a number, not the text "all"
            default_vcpus = true        | default_vcpus: must be a number, not true
            enable_hugepages = 1        | enable_hugepages: must be true or false, not the number 1
            enable_hugepages = "true"   | enable_hugepages: must be true or false, not the text "true"
            kernel_params = ["quiet"]   | kernel_params: must be text in quotes, not a list
            initrd = 2026-11-01         | initrd: must be text in quotes, not the date or time 2026-11-01
            initrd = {a = 1}            | initrd: must be text in quotes, not a table
            enable_annotations = "x"    | enable_annotations: must be a list of texts in quotes, not the text "x"
            enable_annotations = [1, 2] | enable_annotations: must be a list of texts in quotes, not a list
            pflashes = [["x"]]          | pflashes: must be a list of texts in quotes, not a list
            msize_9p = false            | msize_9p: must be a whole number, not false
            """)
    void aWrongTypeNamesFileLineAndKey(String line, String message) throws IOException {
        assertError(files.minimal("jvmm", line), "3:1: error: hypervisor.jvmm." + message);
    }

    @Test
    void typesAreCheckedInOtherTablesToo() throws IOException {
        assertError(files.minimal("qemu", "path = \"/bin/sh\"", "[agent.kata]", "dial_timeout = \"45\""),
                "5:1: error: agent.kata.dial_timeout: must be a whole number");
    }

    @Test
    void twoHypervisorsNameBothLines() throws IOException {
        assertError(files.minimal("jvmm", "[runtime]", "[hypervisor.qemu]"), "4:1: error: hypervisor.qemu: only one",
                "[hypervisor.jvmm] on line 1, [hypervisor.qemu] on line 4");
    }

    @Test
    void noHypervisorNamesTheTablesThatAreThere() throws IOException {
        assertError(files.write("\n[runtime]\n[agent.kata]\n"), "1:1: error: hypervisor: no table names the hypervisor",
                "[hypervisor.jvmm] or [hypervisor.qemu]", "[runtime] on line 2, [agent] on line 3");
        assertError(files.write(""), "1:1: error: hypervisor: no table");
        assertError(files.write("# nothing\r\n"), "1:1: error: hypervisor: no table");
        assertError(files.write("\n[hypervisor]\n"), "2:1: error: hypervisor: no table");
    }

    @Test
    void aHypervisorThatIsNoTableIsNamed() throws IOException {
        assertError(files.write("hypervisor = \"jvmm\"\n"), "1:1: error: hypervisor: must be a table", "\"jvmm\"");
        assertError(files.write("[hypervisor]\njvmm = true\n"), "2:1: error: hypervisor.jvmm: must be a table", "true");
        assertError(files.write("[[hypervisor.jvmm]]\n"), "1:1: error: hypervisor.jvmm: must be a table");
    }

    @ParameterizedTest
    @ValueSource(strings = { "clh", "firecracker", "dragonball", "stratovirt", "remote" })
    void aBackendOfKataAloneIsRefusedWithOurs(String name) throws IOException {
        assertError(files.minimal(name), "1:1: error: hypervisor." + name + ": Kata has a backend '" + name + "'",
                "this runtime has jvmm and qemu");
    }

    @Test
    void aBackendOfNobodyIsRefusedWithTheNearest() throws IOException {
        assertError(files.minimal("jvm"), "1:1: error: hypervisor.jvm: there is no backend 'jvm'",
                "did you mean 'jvmm'?");
        assertFalse(error(files.minimal("xen")).contains("did you mean"));
    }

    @ParameterizedTest
    @ValueSource(strings = { "kernel", "initrd" })
    void aFileThatIsNotThereNamesFileLineAndKey(String key) throws IOException {
        String head = key.equals("kernel") ? "" : "kernel = \"" + files.kernel() + "\"\n";
        String place = (key.equals("kernel") ? 2 : 3) + ":1: error: hypervisor.jvmm." + key + ": ";
        String start = "[hypervisor.jvmm]\n" + head + key;
        assertError(files.write(start + " = \"/nowhere/file\"\n"), place + "there is no file /nowhere/file");
        assertError(files.write(start + " = \"/tmp\"\n"), place + "/tmp is a directory");
        assertError(files.write(start + " = \"a\\u0000b\"\n"), place + "is no path");
    }

    @Test
    void aProgramThatIsNotThereOrNoProgram() throws IOException {
        assertError(files.minimal("qemu", "path = \"/nowhere/qemu\""),
                "3:1: error: hypervisor.qemu.path: there is no file");
        assertError(files.minimal("qemu", "path = \"" + files.initrd() + "\""), "3:1: error: hypervisor.qemu.path: ",
                "initrd.cpio is not a program");
        assertTrue(ConfigurationReport.of(files.minimal("jvmm", "path = \"/nowhere/jvmm\"")).clean());
    }

    @Test
    void aKernelMustBeNamed() throws IOException {
        assertError(files.write("\n[hypervisor.jvmm]\n"), "2:1: error: hypervisor.jvmm.kernel: is not set");
        assertError(files.write("[hypervisor.jvmm]\nkernel = \"\"\n"),
                "2:1: error: hypervisor.jvmm.kernel: is not set");
    }

    @Test
    void imageAndInitrdExcludeEachOther() throws IOException {
        Path both = files.minimal("jvmm", "image = \"/x\"", "initrd = \"" + files.initrd() + "\"");
        assertError(both, "4:1: error: hypervisor.jvmm.initrd: image (line 3) and initrd exclude each other");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            default_memory = -1                   | default_memory: -1 MiB of memory is not an amount
            default_memory = 9223372036854775807  | default_memory: 9223372036854775807 MiB of memory is not an amount
            default_memory = 100000000            | default_memory: guest memory of 100000000 MiB: give between
            default_memory = 99999999999999999999 | default_memory: Integer is too large
            default_vcpus = nan                   | default_vcpus: must be a number of processors
            kernel_params = "a\\nb"               | kernel_params: the kernel command line has a control character
            """)
    void aValueOutOfRangeNamesFileLineAndKey(String line, String message) throws IOException {
        assertError(files.minimal("jvmm", line), "3:", message);
    }

    @Test
    void aKernelLineThatIsTooLong() throws IOException {
        Path file = files.minimal("jvmm", "kernel_params = \"" + "x".repeat(70_000) + "\"");
        assertError(file, "3:1: error: hypervisor.jvmm.kernel_params: ", "the limit is 65535");
    }

    @Test
    void theFileItselfMustBeReadable() {
        assertTrue(error(directory.resolve("none.toml")).contains("none.toml:1:1: error: there is no such file"));
        assertTrue(error(directory).contains(":1:1: error: is a directory"));
        assertTrue(ConfigurationText.describe(new AccessDeniedException("x")).startsWith("permission denied"));
    }

    @Test
    void permissionDenied() throws IOException {
        Path file = files.minimal("jvmm");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(file), "this user may read every file");
        assertTrue(error(file).contains("permission denied"));
    }

    @Test
    void sizesAreBounded() throws IOException {
        assertError(files.write("#".repeat(ConfigurationText.MAX_BYTES + 1)), "1:1: error: is longer than 256 KiB");
        assertTrue(error(Path.of("/dev/zero")).contains("longer than 256 KiB"));
        assertError(files.write("#".repeat(ConfigurationText.MAX_BYTES)), "1:1: error: hypervisor: no table");
    }

    @ParameterizedTest
    @ValueSource(strings = { "[", "{a=" })
    void deepNestingIsRefused(String opening) throws IOException {
        assertTrue(error(files.write("a = " + opening.repeat(60_000))).contains("nest too deeply"));
    }

    @Test
    void wrongUtf8NamesTheLine() throws IOException {
        byte[] text = "a = 1\nb = \"\u00e4\u00f6?\"\n".getBytes(StandardCharsets.UTF_8);
        text[text.length - 3] = (byte) 0xE4;
        assertError(files.write(text), "2:8: error: the byte 0xe4 here is not UTF-8");
        byte[] cut = "a = \"\u00e4".getBytes(StandardCharsets.UTF_8);
        assertError(files.write(Arrays.copyOf(cut, cut.length - 1)), "1:6: error: the byte 0xc3 here is not UTF-8");
        assertError(files.write("[x]\n".getBytes(StandardCharsets.UTF_16)), "1:1: error: is UTF-16 text");
        assertError(files.write("a = \"\0\"\n"), "1:6: error: a: Unexpected");
    }

    @Test
    void byteOrderMarksAndCarriageReturnsAreFine() throws IOException {
        Path file = files.write("\uFEFF[hypervisor.jvmm]\r\nkernel = \"" + files.kernel() + "\"\r\n");
        ConfigurationReport report = ConfigurationReport.of(file);
        assertTrue(report.clean(), () -> report.problems().toString());
        assertEquals(files.kernel(), report.configuration().machine().kernel());
    }
}
