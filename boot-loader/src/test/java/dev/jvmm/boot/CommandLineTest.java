package dev.jvmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    @Test
    void wordsAreAddedBehindAndInFront() {
        CommandLine line = CommandLine.of("b=1").append("c").prepend("a");
        assertEquals("a b=1 c", line.toString());
        assertEquals("x", CommandLine.EMPTY.append("x").toString());
        assertEquals("x", CommandLine.EMPTY.prepend("x").append("").toString());
        assertEquals(CommandLine.of(" a  b=1 c ").words(), line.words());
    }

    @Test
    void wordsForInitStayLast() {
        CommandLine line = CommandLine.of("quiet -- single -- x").append("panic=-1").prepend("ro");
        assertEquals("ro quiet panic=-1 -- single -- x", line.toString());
        assertEquals("panic=-1 -- a b", CommandLine.of("-- a").append("panic=-1 -- b").toString());
        assertEquals("a=\" -- \" b", CommandLine.of("a=\" -- \"").append("b").toString());
    }

    @Test
    void lastWordWins() {
        CommandLine line = CommandLine.of("console=tty0 quiet console=\"a b\" consoleblank=0 -- console=no");
        assertEquals(Optional.of("a b"), line.last("console"));
        assertEquals(Optional.of(""), line.last("quiet"));
        assertEquals(Optional.empty(), line.last("root"));
        assertEquals(List.of("console=tty0", "quiet", "console=\"a b\"", "consoleblank=0"), line.words());
    }

    @Test
    void virtioMmioWords() {
        assertEquals(
                "virtio_mmio.device=4096@0xd0000000:5 virtio_mmio.device=4096@0xd0001000:6:1",
                CommandLine.EMPTY.virtioMmio(4096, 0xD000_0000L, 5).virtioMmio(4096, 0xD000_1000L, 6, 1).toString());
    }

    @Test
    void bytesEndInNulAndAreCounted() {
        assertArrayEquals(new byte[]{ 'a', (byte) 0xC3, (byte) 0xA4, 0 }, CommandLine.of("aä").bytes(3));
        BootException e = assertThrows(BootException.class, () -> CommandLine.of("aä").bytes(2));
        assertTrue(e.getMessage().contains("3 bytes") && e.getMessage().contains("at most 2"), e.getMessage());
    }

    @Test
    void lineBreaksAndNulAreRefused() {
        assertTrue(assertThrows(BootException.class, () -> CommandLine.of("a\nb")).getMessage().contains("line break"));
        assertTrue(assertThrows(BootException.class, () -> CommandLine.of("a\rb")).getMessage().contains("line break"));
        assertTrue(
                assertThrows(BootException.class, () -> CommandLine.EMPTY.append("a\0")).getMessage().contains("NUL"));
    }
}
