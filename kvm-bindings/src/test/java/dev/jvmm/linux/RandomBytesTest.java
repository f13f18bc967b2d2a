package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomBytesTest {
    @Test
    void fillsTheWholeArrayEachTimeAnew() {
        Set<String> seen = new HashSet<>();
        int zeros = 0;
        for (int i = 0; i < 100; i++) {
            byte[] bytes = RandomBytes.take(RandomBytes.MOST);
            assertEquals(RandomBytes.MOST, bytes.length);
            zeros += bytes[0] == 0 && bytes[RandomBytes.MOST - 1] == 0 ? 1 : 0;
            assertTrue(seen.add(HexFormat.of().formatHex(bytes)));
        }
        assertTrue(zeros < 10, "both ends are filled");
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 0, RandomBytes.MOST + 1 })
    void refusesCountsThatMightComeInParts(int count) {
        assertThrows(IllegalArgumentException.class, () -> RandomBytes.take(count));
    }
}
