package dev.jvmm.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> WORDS = List.of("path", "queues", "bw");

    @Test
    void countsEdits() {
        assertEquals(0, Nearest.distance("path", "path"));
        assertEquals(1, Nearest.distance("pth", "path"));
        assertEquals(4, Nearest.distance("", "path"));
        assertEquals(3, Nearest.distance("kitten", "sitting"));
        assertEquals(1, Nearest.distance("paht", "path"));
        assertEquals(2, Nearest.distance("apht", "path"));
    }

    @Test
    void findsTheFirstOfTheNearest() {
        assertEquals(Optional.of("path"), Nearest.to("pth", WORDS));
        assertEquals(Optional.of("queues"), Nearest.to("queue", WORDS));
        assertEquals(Optional.empty(), Nearest.to("colour", WORDS));
        assertEquals(Optional.of("ab"), Nearest.to("aa", List.of("ab", "ac")));
        assertEquals(Optional.empty(), Nearest.to("p".repeat(1000), WORDS));
    }

    @Test
    void hintsOnlyWhereItKnows() {
        assertEquals("; did you mean 'path'?", Nearest.hint("pth", WORDS));
        assertEquals("", Nearest.hint("colour", WORDS));
    }
}
