package dev.jvmm.virtio.console;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleConfigTest {
    @Test
    void badConfigurationsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ConsoleConfig(List.of(), 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new ConsoleConfig.Port("a/b", false));
        assertThrows(IllegalArgumentException.class, () -> new ConsoleConfig(ConsoleConfig.single().ports(), -1, 0));
        assertThrows(IllegalArgumentException.class, () -> new ConsoleDevice(ConsoleConfig.single(), List.of()));
    }
}
