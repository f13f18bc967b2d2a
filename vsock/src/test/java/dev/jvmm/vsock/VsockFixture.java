package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.testing.MockDriver;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device with a Unix socket, its driver, and programs on the host. */
@Timeout(60)
abstract class VsockFixture {
    static final int GUEST_PORT = 1024;
    static final int HOST_PORT = 52;

    @TempDir
    Path folder;

    String path;
    VsockDevice device;
    MockDriver mock;
    VsockGuest guest;
    private final List<AutoCloseable> programs = new ArrayList<>();

    @BeforeEach
    final void open() {
        path = folder.resolve("v.sock").toString();
        device = VsockDevice.open("vsock0", VsockConfig.of(VsockGuest.CID, path));
        mock = MockDriver.started(device);
        guest = new VsockGuest(mock).rooms();
    }

    @AfterEach
    final void close() throws Exception {
        mock.close();
        for (AutoCloseable program : programs) {
            program.close();
        }
    }

    /** A program that listens for the guest's connections. */
    final ServerSocketChannel listen(int port) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        programs.add(server);
        return server.bind(UnixDomainSocketAddress.of(path + "_" + port));
    }

    /** A program that connects to the device. */
    final SocketChannel program() throws IOException {
        SocketChannel program = SocketChannel.open(UnixDomainSocketAddress.of(path));
        programs.add(program);
        return program;
    }

    /** A connection that the guest has asked for. */
    final SocketChannel opened(int guestPort) throws IOException {
        try (ServerSocketChannel server = listen(HOST_PORT)) {
            guest.send(Packet.REQUEST, guestPort, HOST_PORT);
            while (guest.skipTo(Packet.RESPONSE).guestPort() != guestPort) {
                // that of another
            }
            SocketChannel channel = server.accept();
            programs.add(channel);
            return channel;
        } finally {
            java.nio.file.Files.delete(Path.of(path + "_" + HOST_PORT));
        }
    }

    static void write(SocketChannel channel, String text) throws IOException {
        write(channel, text.getBytes(StandardCharsets.UTF_8));
    }

    static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    static byte[] read(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // until it is full, or nothing more comes
        }
        return java.util.Arrays.copyOf(buffer.array(), buffer.position());
    }

    static String rest(SocketChannel channel) throws IOException {
        return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }

    /** The host's end of a connection that the device has closed, perhaps without having read all. */
    static void ended(SocketChannel channel) {
        try {
            assertEquals("", rest(channel));
        } catch (IOException reset) {
            assertTrue(reset.getMessage().contains("reset"), reset::toString);
        }
    }

    /** Runs what was posted to the event loop before. */
    final void settle() throws InterruptedException {
        Thread.sleep(20);
    }
}
