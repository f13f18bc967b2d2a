package dev.jvmm.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorySizeTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0", "1, 1", "4096, 4096", "4096B, 4096", "1k, 1024", "128M, 134217728", "128m, 134217728",
        "128MB, 134217728",
        "512MiB, 536870912", "512mib, 536870912", "2G, 2147483648", "100T, 109951162777600",
        "9223372036854775807, 9223372036854775807", "8388607T, 9223370937343148032"
    })
    void readsWhatPeopleWrite(String text, long bytes) {
        assertEquals(bytes, MemorySize.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "M", "-1", "+1M", "1.5G", "1 G", "0x10", "12Q", "12MBB", "12iB", "1Mi", "٣M", "1e9" })
    void refusesWhatIsNoAmount(String text) {
        ConfigException refusal = assertThrows(ConfigException.class, () -> MemorySize.parse(text));
        assertTrue(refusal.getMessage().contains("512M"), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = { "9223372036854775808", "8388608T", "99999999999999999999999999", "18446744073709551616" })
    void refusesWhatDoesNotFit(String text) {
        assertThrows(ConfigException.class, () -> MemorySize.parse(text));
    }

    @Test
    void formatsWithTheLargestWholeUnit() {
        assertEquals("96 MiB", MemorySize.format(96L << 20));
        assertEquals("4 TiB", MemorySize.format(4L << 40));
        assertEquals("1025 bytes", MemorySize.format(1025));
        assertEquals("0 bytes", MemorySize.format(0));
        assertEquals("2048 TiB", MemorySize.format(2048L << 40));
    }
}
