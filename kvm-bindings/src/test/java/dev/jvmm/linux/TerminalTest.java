package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a pseudo-terminal: the test holds the master's side, as a terminal emulator does. */
final class TerminalTest {
    private static final int O_NOCTTY = 0400;

    private FileDescriptor master;
    private FileDescriptor slave;

    @BeforeEach
    void open() {
        master = FileDescriptor.open("/dev/ptmx", FileDescriptor.O_RDWR | FileDescriptor.O_NONBLOCK | O_NOCTTY);
        master.ioctl("unlockpt", TtyRequests.TIOCSPTLCK, NativeBuffers.allocate(4));
        ByteBuffer index = NativeBuffers.allocate(4);
        master.ioctl("ptsname", TtyRequests.TIOCGPTN, index);
        int flags = FileDescriptor.O_RDWR | FileDescriptor.O_NONBLOCK | O_NOCTTY;
        slave = FileDescriptor.open("/dev/pts/" + index.getInt(0), flags);
    }

    @AfterEach
    void close() {
        slave.close();
        master.close();
    }

    private byte[] mode() {
        ByteBuffer termios = NativeBuffers.allocate(Terminal.TERMIOS_SIZE);
        slave.ioctl("TCGETS", Terminal.TCGETS, termios);
        byte[] bytes = new byte[Terminal.TERMIOS_SIZE];
        termios.get(0, bytes);
        return bytes;
    }

    private static String read(FileDescriptor from) {
        ByteBuffer buffer = NativeBuffers.allocate(64);
        long done = from.read(buffer);
        byte[] bytes = new byte[(int) Math.max(0, done)];
        buffer.get(0, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static void write(FileDescriptor to, String text) {
        ByteBuffer buffer = FileDescriptor.cString(text).limit(text.length());
        assertEquals(text.length(), to.write(buffer));
    }

    @Test
    void tellsTerminalsFromOthers() {
        assertTrue(Terminal.isTerminal(slave));
        try (EventFd event = EventFd.create()) {
            assertFalse(Terminal.isTerminal(event));
            assertThrows(SystemCallException.class, () -> new Terminal(event).raw());
            assertThrows(SystemCallException.class, () -> new Terminal(event).size());
        }
    }

    @Test
    void cookedLineWaitsForItsEndAndEchoes() {
        write(master, "ab");
        assertEquals("", read(slave));
        assertEquals("ab", read(master));
    }

    @Test
    void rawModePassesEveryByteAndIsPutBack() {
        byte[] before = mode();
        Terminal terminal = new Terminal(slave);
        assertTrue(terminal.raw());
        assertTrue(terminal.raw());
        write(master, "\u0003\u0011\r\u0004");
        assertEquals("\u0003\u0011\r\u0004", read(slave));
        assertEquals("", read(master), "no echo");
        write(slave, "x\n");
        assertEquals("x\n", read(master), "no carriage return added");
        terminal.close();
        assertArrayEquals(before, mode());
        terminal.restore();
        assertArrayEquals(before, mode());
    }

    @Test
    void restoreWithoutRawChangesNothing() {
        byte[] before = mode();
        new Terminal(slave).close();
        assertArrayEquals(before, mode());
    }

    @Test
    void restoreOfATerminalThatIsGoneIsQuiet() {
        Terminal terminal = new Terminal(slave);
        terminal.raw();
        master.close();
        terminal.restore();
        slave.close();
        terminal.restore();
    }

    @Test
    void knowsTheWindow() {
        ByteBuffer window = NativeBuffers.allocate(Terminal.WINSIZE_SIZE);
        window.putShort(Terminal.WS_ROW, (short) 50).putShort(Terminal.WS_COL, (short) 0xFFFF);
        master.ioctl("TIOCSWINSZ", TtyRequests.TIOCSWINSZ, window);
        assertEquals(new Terminal.Size(50, 65535), new Terminal(slave).size());
    }
}
