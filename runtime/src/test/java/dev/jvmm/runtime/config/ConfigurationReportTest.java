package dev.jvmm.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.runtime.config.KeyReport.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConfigurationReportTest {
    private static final int HOST_CPUS = 4;

    private static final Set<String> HONOURED = Set.of(
            "path",
            "kernel",
            "initrd",
            "kernel_params",
            "default_vcpus",
            "default_memory",
            "enable_hugepages",
            "enable_mem_prealloc");

    @TempDir
    Path directory;

    private ConfigFiles files;

    @BeforeEach
    void prepare() throws IOException {
        files = new ConfigFiles(directory);
    }

    private MachineConfig machine(String... lines) throws IOException {
        return ConfigurationReport.of(files.minimal("jvmm", lines), HOST_CPUS).configuration().machine();
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void everyKeyOfKataIsClassified(Backend backend) throws IOException {
        ConfigurationReport report = ConfigurationReport.of(files.everyKey(backend.table(), Path.of("/bin/sh")),
                HOST_CPUS);
        assertTrue(report.clean(), () -> report.problems().toString());
        assertEquals(0, report.count(Status.UNKNOWN));
        Set<String> honoured = report.keys().stream()
                .filter(key -> key.status() == Status.HONOURED)
                .map(KeyReport::dottedPath)
                .collect(Collectors.toSet());
        String prefix = "hypervisor." + backend.table() + ".";
        assertEquals(HONOURED.stream().map(prefix::concat).collect(Collectors.toSet()), honoured);
        assertEquals(report.keys().size() - HONOURED.size(), report.count(Status.NOT_YET));
    }

    @Test
    void theFileWithEveryKeyHasEveryKeyOfTheCatalogue() throws IOException {
        ConfigurationReport report = ConfigurationReport.of(files.everyKey("jvmm", Path.of("/bin/sh")));
        Set<String> inFile = new TreeSet<>();
        report.keys().forEach(key -> inFile.add(key.dottedPath()));
        Set<String> known = new TreeSet<>();
        for (String table : KataKeys.tables()) {
            String heading = table.equals(KataKeys.HYPERVISOR) ? "hypervisor.jvmm" : table;
            KataKeys.of(table).forEach(key -> known.add(heading + "." + key.name()));
        }
        assertEquals(known, inFile);
        assertEquals(List.of("hypervisor", "factory", "agent.kata", "runtime"), KataKeys.tables());
        List<Integer> sizes = KataKeys.tables().stream().map(table -> KataKeys.of(table).size()).toList();
        assertEquals(List.of(85, 4, 6, 22), sizes);
    }

    @Test
    void everyOffValueIsOfItsKeysType() {
        for (String table : KataKeys.tables()) {
            for (KnownKey key : KataKeys.of(table)) {
                assertTrue(key.off().equals("-") || key.off().equals("*") || couldBe(key.type(), key.off()),
                        key::toString);
            }
        }
    }

    private static boolean couldBe(KeyType type, String off) {
        return switch (type) {
            case BOOLEAN -> off.equals("true") || off.equals("false");
            case INTEGER, NUMBER -> off.matches("\\d+");
            case STRING -> off.equals("\"\"") || off.matches("[a-z-]+");
            case LIST -> off.equals("[]");
        };
    }

    @Test
    void aKeyNotSupportedYetIsAWarningUnlessItAsksForNothing() throws IOException {
        Path file = files.minimal("jvmm", "shared_fs = \"virtio-fs\"", "msize_9p = 0", "disable_vhost_net = true",
                "[runtime]",
                "internetworking_model = \"none\"", "enable_pprof = true");
        ConfigurationReport report = ConfigurationReport.of(file);
        assertTrue(report.clean());
        List<String> missed = report.keys().stream().filter(KeyReport::missed).map(KeyReport::dottedPath).toList();
        assertEquals(List.of("hypervisor.jvmm.shared_fs", "runtime.enable_pprof"), missed);
        assertEquals(List.of(3, 8), report.problems().stream().map(problem -> problem.position().line()).toList());
        assertEquals(0, ReportPrinter.exitStatus(report));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            kernel_parms = ""              | did you mean 'kernel_params'?
            defaultvcpus = 2               | did you mean 'default_vcpus'?
            internetworking_model = "none" | it belongs into [runtime]
            vm_cache_number = 1            | it belongs into [factory]
            colour = "blue"                | ''
            """)
    void anUnknownKeyComesWithTheNearest(String line, String hint) throws IOException {
        ConfigurationReport report = ConfigurationReport.of(files.minimal("jvmm", line));
        KeyReport key = report.keys().getLast();
        assertEquals(Status.UNKNOWN, key.status());
        assertEquals(hint, key.note());
        assertEquals(1, ReportPrinter.exitStatus(report));
        assertTrue(report.errors().isEmpty(), "a newer Kata's key must not keep a guest from booting");
        report.configuration();
    }

    @Test
    void anUnknownTableIsNamed() throws IOException {
        Path file = files.minimal("jvmm", "[netmon]", "enable = 1", "[image]", "kernel = \"x\"");
        ConfigurationReport report = ConfigurationReport.of(file);
        assertEquals("no table [netmon] either", report.keys().get(1).note());
        assertEquals("it belongs into [hypervisor.NAME]", report.keys().get(2).note());
    }

    @Test
    void defaultsAreKatas() throws IOException {
        MachineConfig machine = machine();
        assertEquals(1, machine.cpus());
        assertEquals(MemoryOptions.ofSize(2048L << 20), machine.memory());
        assertEquals("console=ttyS0 panic=-1", machine.commandLine());
        assertTrue(machine.initrd().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "3,3",
        "-1,4",
        "-7.5,4",
        "0,1",
        "0.1,1",
        "1.0,1",
        "2.01,3",
        "3.9,4",
        "5,4",
        "99999999999,4",
        "inf,4",
        "-inf,4"
    })
    void cpusAreCountedAsKataDoes(String given, int cpus) throws IOException {
        assertEquals(cpus, machine("default_vcpus = " + given).cpus());
    }

    @Test
    void memoryIsInMebibytes() throws IOException {
        assertEquals(96L << 20, machine("default_memory = 96").memory().size());
        assertEquals(2048L << 20, machine("default_memory = 0").memory().size());
        MemoryOptions all = machine("enable_hugepages = true", "enable_mem_prealloc = true").memory();
        assertTrue(all.hugepages());
        assertTrue(all.prefault());
        assertFalse(all.shared());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                            | console=ttyS0 panic=-1
            quiet                         | console=ttyS0 panic=-1 quiet
            ' quiet  panic=0 '            | console=ttyS0 quiet  panic=0
            console=hvc0 a=1 a=2          | panic=-1 console=hvc0 a=1 a=2
            panic console                 | panic console
            """)
    void kernelParametersWinOverTheRuntimes(String given, String line) throws IOException {
        assertEquals(line, machine("kernel_params = \"" + given + "\"").commandLine());
    }

    @Test
    void theSameTableServesBothBackends() throws IOException {
        String[] lines = { "path = \"/bin/sh\"", "initrd = \"" + files.initrd() + "\"", "default_vcpus = 2" };
        RuntimeConfiguration jvmm = RuntimeConfiguration.load(files.minimal("jvmm", lines));
        RuntimeConfiguration qemu = RuntimeConfiguration.load(files.minimal("qemu", lines));
        assertEquals(Backend.JVMM, jvmm.backend());
        assertEquals(Backend.QEMU, qemu.backend());
        assertEquals(jvmm.machine(), qemu.machine());
        assertEquals(Path.of("/bin/sh"), qemu.binary());
    }

    @Test
    void loadingABrokenFileThrowsAllItsErrors() throws IOException {
        Path file = files.minimal("jvmm", "default_memory = \"x\"", "initrd = \"/nowhere\"", "colour = 1");
        ConfigurationException e = assertThrows(ConfigurationException.class, () -> RuntimeConfiguration.load(file));
        assertEquals(2, e.problems().size());
        assertEquals(2, e.getMessage().lines().count());
        assertTrue(e.getMessage().contains(file + ":3:1: error: hypervisor.jvmm.default_memory: "));
        assertTrue(e.getMessage().contains(file + ":4:1: error: hypervisor.jvmm.initrd: "));
    }

    @Test
    void anImageIsAWarningToCheckAndAnErrorToBoot() throws IOException {
        ConfigurationReport report = ConfigurationReport.of(files.minimal("jvmm", "image = \"/x.img\""));
        assertTrue(report.clean());
        ConfigurationException e = assertThrows(ConfigurationException.class, report::bootable);
        assertTrue(e.getMessage().contains(":3:1: error: hypervisor.jvmm.image: an image is not supported yet"));
        ConfigurationReport.of(files.minimal("jvmm", "image = \"\"")).bootable();
    }

    @Test
    void theSampleInTheRepositoryIsClean() throws IOException {
        String text = Files.readString(Path.of("configuration-jvmm.toml"))
                .replace("/usr/share/jvmm/vmlinux", files.kernel().toString())
                .replace("/usr/share/jvmm/initrd.cpio", files.initrd().toString());
        ConfigurationReport report = ConfigurationReport.of(files.write(text));
        assertEquals(List.of(), report.problems());
        assertEquals(256L << 20, report.bootable().machine().memory().size());
    }
}
