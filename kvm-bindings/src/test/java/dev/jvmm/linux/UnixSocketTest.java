package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class UnixSocketTest {
    @TempDir
    Path folder;

    @Test
    void bytesGoBothWays() throws IOException {
        Path path = folder.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            try (UnixSocket socket = UnixSocket.connect(path.toString()); SocketChannel peer = server.accept()) {
                ByteBuffer memory = NativeBuffers.allocate(64).put(0, "hello, world".getBytes());
                long at = NativeBuffers.address(memory);
                ByteBuffer vectors = NativeBuffers.allocate(32).putLong(0, at + 7).putLong(8, 5);
                vectors.putLong(16, at).putLong(24, 7);
                long iovecs = NativeBuffers.address(vectors);
                assertEquals(-Errno.EAGAIN, socket.readv(iovecs, 2));
                assertEquals(12, socket.send(iovecs, 2));
                Reference.reachabilityFence(memory);
                ByteBuffer got = ByteBuffer.allocate(64);
                assertEquals(12, peer.read(got));
                assertEquals("worldhello, ", new String(got.array(), 0, 12));
                peer.write(ByteBuffer.wrap("answer".getBytes()));
                assertEquals(6, socket.read(memory));
                assertEquals('a', memory.get(0));
                peer.shutdownOutput();
                peer.shutdownInput();
                assertEquals(0, socket.readv(iovecs, 2), "its end");
                assertEquals(-Errno.EPIPE, socket.send(iovecs, 2));
            }
        }
    }

    @Test
    void nobodyThere() throws IOException {
        Path path = folder.resolve("socket");
        assertEquals(Errno.ENOENT, failure(path.toString()).errno());
        assertEquals(Errno.ECONNREFUSED, failure(Files.writeString(folder.resolve("file"), "").toString()).errno());
        assertEquals(Errno.ECONNREFUSED, failure("@nobody-has-this-name-" + System.nanoTime()).errno());
        assertTrue(failure(path.toString()).getMessage().contains(path.toString()));
        assertThrows(IllegalArgumentException.class, () -> UnixSocket.connect("").close());
        assertThrows(IllegalArgumentException.class, () -> UnixSocket.connect("x".repeat(108)).close());
    }

    private static SystemCallException failure(String path) {
        return assertThrows(SystemCallException.class, () -> UnixSocket.connect(path).close());
    }
}
