package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.net.NetException;
import dev.jvmm.virtio.net.NetHeader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** QEMU's framing on a Unix socket, with the test as the program at the other end. */
@Timeout(60)
final class StreamBackendTest {
    private static final int EXPERIMENT = PacketSocket.EXPERIMENT;

    @TempDir
    Path folder;

    private SocketChannel peer;
    private DataInputStream fromGuest;
    private BackendFixture device;

    @BeforeEach
    void open() throws IOException {
        Path path = folder.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            HostNetwork.Opened opened = HostNetwork.openStream(path.toString());
            assertEquals(0, opened.backend().features());
            assertEquals(1, opened.backend().pairs());
            device = new BackendFixture(opened.backend());
            peer = server.accept();
        }
        fromGuest = new DataInputStream(Channels.newInputStream(peer));
    }

    @AfterEach
    void close() throws IOException {
        peer.close();
        device.close();
    }

    private static byte[] frame(int length) {
        return Frames.ethernet(Frames.OTHER, Frames.GUEST, length);
    }

    private static ByteBuffer framed(byte[] frame) {
        return ByteBuffer.allocate(4 + frame.length).putInt(frame.length).put(frame).flip();
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            peer.write(bytes);
        }
    }

    private byte[] read() throws IOException {
        byte[] frame = new byte[fromGuest.readInt()];
        fromGuest.readFully(frame);
        return frame;
    }

    @Test
    void framesGoBothWays() throws IOException {
        for (int length : new int[]{ 14, 60, 1514, StreamBackend.LONGEST }) {
            assertEquals(length, device.send(0, Frames.plain(frame(length)), 1000));
            assertArrayEquals(frame(length), read());
            write(framed(frame(length)));
            byte[] got = device.receive(0, EXPERIMENT);
            assertArrayEquals(Frames.plain(frame(length)), got);
        }
        assertEquals(-Errno.EMSGSIZE, device.send(0, new byte[NetHeader.MOST + 1], 4096));
        assertEquals(1499, device.send(0, Frames.plain(frame(1499)), 1), "more pieces than the kernel takes");
        assertArrayEquals(frame(1499), read());
    }

    @Test
    void framesComeInAnyPieces() throws IOException {
        ByteBuffer bytes = framed(frame(100));
        while (bytes.remaining() > 1) {
            write(bytes.slice(bytes.position(), 1));
            bytes.position(bytes.position() + 1);
            assertEquals(0, device.tryReceive(0).length);
        }
        ByteBuffer many = ByteBuffer.allocate(10_000).put(bytes);
        for (int i = 0; i < 50; i++) {
            many.put(framed(frame(60 + i)));
        }
        write(many.flip());
        assertArrayEquals(Frames.plain(frame(100)), device.receive(0, EXPERIMENT));
        for (int i = 0; i < 50; i++) {
            assertArrayEquals(Frames.plain(frame(60 + i)), device.receive(0, EXPERIMENT));
        }
        assertEquals(0, device.tryReceive(0).length);
    }

    @Test
    void whoDoesNotReadKeepsTheGuestWaiting() throws IOException {
        int sent = 0;
        int result = 0;
        while (result >= 0 && sent < 10_000) {
            result = device.send(0, Frames.plain(frame(20_000 + sent)), 4096);
            sent += result >= 0 ? 1 : 0;
        }
        assertEquals(-Errno.EAGAIN, result);
        assertTrue(sent > 0 && sent < 10_000, sent + " frames");
        assertEquals(0, device.writable.get());
        for (int i = 0; i < sent; i++) {
            assertArrayEquals(frame(20_000 + i), read());
        }
        Pause.until("the device hears of room", () -> device.writable.get() == 1);
        assertTrue(device.send(0, Frames.plain(frame(33)), 100) > 0);
        assertArrayEquals(frame(33), read());
    }

    /** Whatever pieces the stream is cut into, and however slowly it is read: every frame comes, whole and in order. */
    @Test
    void framesKeepTheirOrder() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] lengths = random.ints(1500, NetHeader.ETHERNET, 3000).toArray();
        lengths[700] = StreamBackend.LONGEST;
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int length : lengths) {
            stream.write(framed(frame(length)).array());
        }
        byte[] bytes = stream.toByteArray();
        Thread writer = Thread.ofPlatform().start(() -> {
            Random pieces = new Random(seed);
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                int most = 1 + pieces.nextInt(pieces.nextInt(10) == 0 ? 200_000 : 1000);
                ByteBuffer piece = left.slice(left.position(), Math.min(left.remaining(), most));
                left.position(left.position() + piece.remaining());
                assertDoesNotThrow(() -> write(piece));
            }
        });
        for (int length : lengths) {
            byte[] got = device.receive(0, EXPERIMENT);
            assertArrayEquals(Frames.plain(frame(length)), got, "seed " + seed);
        }
        writer.join();
        AtomicInteger read = new AtomicInteger();
        Thread reader = Thread.ofPlatform().start(() -> {
            for (int length : lengths) {
                assertArrayEquals(frame(length), assertDoesNotThrow(this::read), "seed " + seed);
                read.incrementAndGet();
            }
        });
        for (int length : lengths) {
            int piece = 50 + random.nextInt(3000);
            Pause.until("room", () -> device.send(0, Frames.plain(frame(length)), piece) >= 0);
        }
        reader.join();
        assertEquals(lengths.length, read.get(), "seed " + seed);
    }

    @Test
    void tellsOfFrames() throws IOException {
        assertEquals(0, device.tryReceive(0).length);
        assertEquals(0, device.readable.get());
        device.onReadable = () -> device.tryReceive(0);
        write(framed(frame(60)));
        Pause.until("the device hears", () -> device.readable.get() > 0);
    }

    @Test
    void framesTooShortToBeAreLost() throws IOException {
        write(ByteBuffer.allocate(4 + 4 + 13).putInt(0).putInt(13).position(0));
        write(framed(frame(60)));
        AssertionError lost = null;
        for (int i = 0; i < 2; i++) {
            lost = assertThrows(AssertionError.class, () -> device.tryReceive(0));
        }
        assertEquals("receive: " + -Errno.EINVAL, lost.getMessage());
        assertArrayEquals(Frames.plain(frame(60)), device.receive(0, EXPERIMENT));
    }

    @Test
    void aLieAboutALengthIsTheEnd() throws IOException {
        for (int lie : new int[]{ StreamBackend.LONGEST + 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE }) {
            write(ByteBuffer.allocate(4).putInt(lie).flip());
            assertEquals(0, device.tryReceive(0).length);
            Pause.until("the guest hears", () -> device.down.get() == 1);
            assertEquals(-Errno.EPIPE, device.send(0, Frames.plain(frame(60)), 100));
            close();
            Files.delete(folder.resolve("socket"));
            open();
        }
    }

    @Test
    void anEndIsAPulledCable() throws IOException {
        device.onReadable = () -> device.tryReceive(0);
        assertEquals(0, device.tryReceive(0).length);
        peer.close();
        Pause.until("the guest hears", () -> device.down.get() == 1);
        int calls = device.readable.get();
        assertEquals(-Errno.EPIPE, device.send(0, Frames.plain(frame(60)), 100));
        Pause.millis(20);
        assertEquals(calls, device.readable.get(), "nothing spins");
        assertEquals(1, device.down.get());
    }

    @Test
    void whereToConnectTo() throws IOException {
        Path missing = folder.resolve("none");
        assertProblem(missing.toString(), "the socket \"" + missing + "\" is not there: start the program");
        Path file = Files.writeString(folder.resolve("file"), "");
        assertProblem(file.toString(), "is nobody's: start the program");
        assertProblem("x".repeat(200), "can not be a socket's path: a path of 200 bytes");
        assertProblem("", "can not be a socket's path");
    }

    private static void assertProblem(String path, String message) {
        NetException thrown = assertThrows(NetException.class, () -> HostNetwork.openStream(path));
        assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
    }
}
