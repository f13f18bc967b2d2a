package dev.jvmm.aml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AmlTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Golden.class)
    void nodesMakeTheBytesOfIasl(Golden golden) throws IOException {
        assertArrayEquals(golden.bytes(), Aml.encode(golden.node()));
    }

    @ParameterizedTest
    @EnumSource(Golden.class)
    void keptBytesAreStillThoseOfIasl(Golden golden) throws IOException, InterruptedException {
        assertArrayEquals(Iasl.compile(folder, golden.asl()), golden.bytes());
    }

    @Test
    void namesThatAslRefusesAreRefused() {
        for (String name : new String[]{ "TOOLONG", "A..B", "lower", "1ST", "A.", "A B" }) {
            assertThrows(IllegalArgumentException.class, () -> Aml.encode(Aml.path(name)), name);
        }
    }

    @Test
    void whatHasNoEncodingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Aml.local(8));
        assertThrows(IllegalArgumentException.class, () -> Aml.arg(7));
        assertThrows(IllegalArgumentException.class, () -> Aml.method("M", 8));
        assertThrows(IllegalArgumentException.class, () -> Aml.eisaId("PNP050"));
        assertThrows(IllegalArgumentException.class, () -> Aml.eisaId("pnp0501"));
        assertThrows(IllegalArgumentException.class, () -> Aml.encode(Aml.string("\u00e4")));
        assertThrows(IllegalArgumentException.class, () -> Aml.packageOf(new AmlNode[256]));
        assertThrows(IllegalArgumentException.class, () -> Resources.memory32Fixed(1L << 32, 1));
    }
}
