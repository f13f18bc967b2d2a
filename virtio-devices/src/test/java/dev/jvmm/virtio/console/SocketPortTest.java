package dev.jvmm.virtio.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.testing.MockDriver;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SocketPortTest {
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;

    @TempDir
    private Path folder;

    private Path path() {
        return folder.resolve("console");
    }

    private MockDriver guest() throws IOException {
        return MockDriver.started(
                new ConsoleDevice(ConsoleConfig.single(), List.of(SocketPort.listen("test", path()))));
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path()));
    }

    private static ByteBuffer read(SocketChannel from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && from.read(bytes) >= 0) {
            // until all is there, or no more comes
        }
        return bytes.flip();
    }

    private static void write(SocketChannel to, String text) throws IOException {
        to.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String heard(MockDriver guest) {
        return new String(guest.call(RECEIVE, new byte[0], 100), StandardCharsets.UTF_8);
    }

    @Test
    void carriesBytesBothWays() throws Exception {
        try (MockDriver guest = guest(); SocketChannel program = connect()) {
            write(program, "to the guest");
            assertEquals("to the guest", heard(guest));
            guest.call(TRANSMIT, "to the host".getBytes(StandardCharsets.UTF_8), 0);
            assertEquals("to the host", StandardCharsets.UTF_8.decode(read(program, 11)).toString());
        }
        assertFalse(Files.exists(path()));
    }

    @Test
    void aGuestWaitsForAProgramThatDoesNotRead() throws Exception {
        byte[] all = new byte[1 << 20];
        new Random(1).nextBytes(all);
        try (MockDriver guest = guest(); SocketChannel program = connect()) {
            write(program, "x");
            heard(guest); // connected
            Thread sender = Thread.ofPlatform().start(() -> {
                for (int at = 0; at < all.length; at += 1 << 16) {
                    byte[] piece = new byte[1 << 16];
                    System.arraycopy(all, at, piece, 0, piece.length);
                    guest.call(TRANSMIT, piece, 0);
                }
            });
            Thread.sleep(50);
            assertTrue(sender.isAlive());
            assertArrayEquals(all, read(program, all.length).array());
            sender.join();
        }
    }

    @Test
    void programsComeAndGo() throws Exception {
        try (MockDriver guest = guest()) {
            for (int round = 0; round < 20; round++) {
                try (SocketChannel program = connect()) {
                    write(program, "round " + round);
                    assertEquals("round " + round, heard(guest));
                    guest.call(TRANSMIT, new byte[1 << 15], 0);
                }
            }
            guest.call(TRANSMIT, new byte[1 << 20], 0);
        }
    }

    @Test
    void aResetWhileAProgramWaitsIsNoHarm() throws Exception {
        try (MockDriver guest = guest(); SocketChannel program = connect()) {
            write(program, "kept");
            guest.reset();
            guest.start();
            assertEquals("kept", heard(guest));
        }
    }

    @Test
    void takesOverFromTheDeadOnly() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path());
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(address);
            IOException e = assertThrows(IOException.class, () -> SocketPort.listen("test", path()));
            assertEquals("another process listens on it", e.getMessage());
        }
        SocketPort.listen("test", path()).close();
        Files.writeString(path(), "a file");
        assertThrows(IOException.class, () -> SocketPort.listen("test", path()));
        assertEquals("a file", Files.readString(path()));
    }
}
