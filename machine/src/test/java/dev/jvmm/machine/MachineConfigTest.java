package dev.jvmm.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.boot.BootProtocol;
import dev.jvmm.config.ConfigException;
import dev.jvmm.memory.MemoryOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineConfigTest {
    private static MachineConfig.Builder builder() {
        return MachineConfig.builder(Path.of("vmlinux"));
    }

    private static String refusal(MachineConfig.Builder builder) {
        return assertThrows(ConfigException.class, builder::build).getMessage();
    }

    @Test
    void defaultsAreComplete() {
        MachineConfig config = builder().build();
        assertEquals(1, config.cpus());
        assertEquals(MachineConfig.DEFAULT_MEMORY, config.memory().size());
        assertTrue(config.initrd().isEmpty());
        assertEquals(BootProtocol.AUTO, config.protocol());
        assertEquals(AcpiMode.AUTO, config.acpi());
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, -1, 255, 300, Integer.MIN_VALUE, Integer.MAX_VALUE })
    void refusesCpusOutOfRangeAndNamesTheRange(int cpus) {
        assertTrue(refusal(builder().cpus(cpus)).contains("between 1 and 254"));
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, 4096, (1L << 20) - 4096, 100L << 40, Long.MAX_VALUE, -4096, Long.MIN_VALUE })
    void refusesMemoryOutOfRangeAndNamesTheRange(long bytes) {
        assertTrue(refusal(builder().memory(MemoryOptions.ofSize(bytes))).contains("between 1 MiB and 4 TiB"));
    }

    @Test
    void memoryIsAMultipleOfThePageInUse() {
        assertTrue(refusal(builder().memory(MemoryOptions.ofSize((1L << 20) + 1))).contains("give 1028 KiB"));
        MemoryOptions odd = new MemoryOptions(3L << 20, false, true, false, false);
        assertTrue(refusal(builder().memory(odd)).contains("give 4 MiB"));
        builder().memory(MemoryOptions.ofSize(3L << 20)).build();
    }

    @Test
    void theCommandLineIsOneLineOfBoundedLength() {
        builder().commandLine("x".repeat(65_535)).build();
        assertTrue(refusal(builder().commandLine("x".repeat(65_536))).contains("65535"));
        assertTrue(refusal(builder().commandLine("quiet\nroot=/dev/vda")).contains("position 5"));
        assertThrows(ConfigException.class, builder().commandLine("a\0b")::build);
    }
}
