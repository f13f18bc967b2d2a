package dev.jvmm.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OptionGrammarTest {
    @Test
    void theReadmeHasTheTable() throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        assertTrue(readme.contains("\n" + OptionGrammar.markdown()),
                () -> "README.md, Devices: the table is\n" + OptionGrammar.markdown());
    }

    @Test
    void helpHasALineForEachKey() {
        assertEquals("  bw=SIZE[/SIZE]  bytes per second; behind the slash, what may be used at once after a rest, "
                + "else one second's worth (default: no limit)\n", OptionGrammar.help("rng"));
        for (String kind : DeviceSpec.KINDS) {
            assertEquals(DeviceSpec.keys(kind).size(), OptionGrammar.help(kind).lines().count());
        }
    }
}
