package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Programs of this process, and messages. */
class ChannelTest extends VsockFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private CompletableFuture<VsockChannel> connecting(boolean messages) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return messages ? device.connectForMessages(GUEST_PORT, PATIENCE)
                        : device.connect(GUEST_PORT, PATIENCE);
            } catch (IOException | InterruptedException e) {
                throw new CompletionException(e);
            }
        });
    }

    private VsockChannel connected(boolean messages) {
        guest.type = messages ? Packet.SEQPACKET : Packet.STREAM;
        CompletableFuture<VsockChannel> channel = connecting(messages);
        guest.send(Packet.RESPONSE, GUEST_PORT, port = guest.next(Packet.REQUEST, GUEST_PORT).hostPort());
        return channel.join();
    }

    private int port;

    private static String read(VsockChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1000);
        int count = channel.read(buffer);
        return count < 0 ? "end" : new String(buffer.array(), 0, count);
    }

    @Test
    void aConnectionToTheGuest() throws Exception {
        try (VsockChannel channel = connected(false)) {
            assertEquals(GUEST_PORT, channel.port());
            assertEquals(4, channel.write(ByteBuffer.wrap("ping".getBytes())));
            assertEquals("ping", new String(guest.data(GUEST_PORT, 4)));
            guest.data(GUEST_PORT, port, "pong".getBytes());
            ByteBuffer direct = ByteBuffer.allocateDirect(10);
            assertEquals(4, channel.read(direct));
            assertEquals('p', direct.get(0));
            channel.shutdownOutput();
            assertEquals(Packet.SHUTDOWN_SEND, guest.next(Packet.SHUTDOWN, GUEST_PORT).flags());
            guest.send(Packet.SHUTDOWN, GUEST_PORT, port, 3, new byte[0]);
            guest.next(Packet.RST, GUEST_PORT);
            assertEquals("end", read(channel));
            assertThrows(EOFException.class, () -> channel.write(ByteBuffer.wrap(new byte[1])));
        }
    }

    @Test
    void theGuestRefuses() {
        CompletableFuture<VsockChannel> channel = connecting(false);
        guest.send(Packet.RST, GUEST_PORT, guest.next(Packet.REQUEST, GUEST_PORT).hostPort());
        ConnectException refused = (ConnectException) assertThrows(CompletionException.class, channel::join).getCause();
        assertEquals("port 1024 of vsock vsock0: the guest refused: nobody listens on port 1024", refused.getMessage());
    }

    @Test
    void theGuestDoesNotAnswer() {
        assertThrows(ConnectException.class, () -> device.connect(GUEST_PORT, Duration.ofMillis(20)));
    }

    @Test
    void aDeviceInNoMachineHasNobodyToAsk() throws Exception {
        VsockDevice alone = VsockDevice.open("vsock1", VsockConfig.of(3));
        assertThrows(IOException.class, () -> alone.connect(1, PATIENCE));
        alone.close();
    }

    @Test
    void connectionsFromTheGuest() throws Exception {
        try (VsockListener listener = device.listen(9)) {
            assertThrows(BindException.class, () -> device.listen(9));
            device.listenForMessages(9).close();
            guest.send(Packet.REQUEST, 7, 9);
            guest.next(Packet.RESPONSE, 7);
            try (VsockChannel channel = listener.accept()) {
                guest.data(7, 9, "hello".getBytes());
                assertEquals("hello", read(channel));
            }
            guest.next(Packet.SHUTDOWN, 7);
        }
        guest.send(Packet.REQUEST, 8, 9);
        guest.next(Packet.RST, 8);
    }

    @Test
    void whoWaitsIsWoken() throws Exception {
        VsockChannel channel = connected(false);
        CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> {
            try {
                return read(channel);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
        settle();
        channel.close();
        channel.close();
        assertTrue(assertThrows(CompletionException.class, reading::join)
                .getCause() instanceof AsynchronousCloseException);
        assertThrows(ClosedChannelException.class, () -> read(channel));
        VsockListener listener = device.listen(9);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(listener::close);
        assertThrows(ClosedChannelException.class, () -> {
            while (true) {
                listener.accept();
            }
        });
        closing.join();
    }

    @Test
    void messagesStayApart() throws Exception {
        try (VsockChannel channel = connected(true)) {
            for (String text : new String[]{ "one", "two, which is longer", "three" }) {
                channel.write(ByteBuffer.wrap(text.getBytes()));
                VsockGuest.Got got = guest.next(Packet.RW, GUEST_PORT);
                assertEquals(text, got.text());
                assertEquals(Packet.END_OF_MESSAGE, got.flags());
            }
            guest.send(Packet.RW, GUEST_PORT, port, 0, "in two ".getBytes());
            guest.send(Packet.RW, GUEST_PORT, port, Packet.END_OF_MESSAGE, "pieces".getBytes());
            guest.send(Packet.RW, GUEST_PORT, port, Packet.END_OF_MESSAGE, "and in one".getBytes());
            assertEquals("in two pieces", read(channel));
            assertEquals("and in one", read(channel));
        }
        assertEquals(3, guest.next(Packet.SHUTDOWN, GUEST_PORT).flags());
    }

    @Test
    void longMessagesGoInPieces() throws Exception {
        byte[] bytes = new byte[MessageConnection.MOST];
        new Random(3).nextBytes(bytes);
        guest.bufAlloc = 1 << 17;
        try (VsockChannel channel = connected(true)) {
            for (int round = 0; round < 3; round++) {
                CompletableFuture<Integer> writing = CompletableFuture.supplyAsync(() -> {
                    try {
                        return channel.write(ByteBuffer.wrap(bytes));
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                });
                java.io.ByteArrayOutputStream got = new java.io.ByteArrayOutputStream();
                VsockGuest.Got packet;
                do {
                    packet = guest.next(Packet.RW, GUEST_PORT);
                    got.writeBytes(packet.data());
                } while (packet.flags() == 0);
                assertArrayEquals(bytes, got.toByteArray());
                guest.fwdCnt += bytes.length;
                guest.send(Packet.CREDIT_UPDATE, GUEST_PORT, port);
                assertEquals(bytes.length, writing.join());
            }
            assertThrows(IOException.class, () -> channel.write(ByteBuffer.allocate(MessageConnection.MOST + 1)));
        }
    }

    /** Messages that a slow program leaves waiting keep their order and their ends. */
    @Test
    void messagesWait() throws Exception {
        try (VsockListener listener = device.listenForMessages(9)) {
            guest.type = Packet.SEQPACKET;
            guest.send(Packet.REQUEST, 7, 9);
            guest.next(Packet.RESPONSE, 7);
            VsockChannel channel = listener.accept();
            for (int i = 0; i < 600; i++) {
                guest.send(Packet.RW, 7, 9, Packet.END_OF_MESSAGE, ("message " + i).getBytes());
            }
            guest.send(Packet.SHUTDOWN, 7, 9, 3, new byte[0]);
            for (int i = 0; i < 600; i++) {
                assertEquals("message " + i, read(channel));
            }
            assertEquals("end", read(channel));
            channel.close();
        }
    }

    /** Opened and closed a hundred thousand times: no descriptor, no memory, no thread is left. */
    @Test
    void nothingIsLeftOfAHundredThousandConnections() throws Exception {
        try (VsockListener listener = device.listen(9)) {
            int descriptors = 0;
            int threads = 0;
            long resident = 0;
            for (int i = 0; i < 100_000; i++) {
                if (i == 20_000) {
                    descriptors = descriptors();
                    threads = Thread.activeCount();
                    System.gc();
                    resident = residentKib();
                }
                guest.send(Packet.REQUEST, i, 9);
                assertEquals(Packet.RESPONSE, guest.next().operation());
                try (VsockChannel channel = listener.accept()) {
                    if ((i & 1) == 0) {
                        guest.send(Packet.SHUTDOWN, i, 9, 3, new byte[0]);
                        assertEquals(Packet.RST, guest.next().operation());
                    }
                    assertTrue(channel.isOpen());
                }
                if ((i & 1) != 0) {
                    assertEquals(Packet.SHUTDOWN, guest.next().operation());
                    guest.send(Packet.RST, i, 9);
                }
            }
            assertEquals(descriptors, descriptors(), 3);
            assertEquals(threads, Thread.activeCount(), 3);
            System.gc();
            assertTrue(residentKib() - resident < 100_000, resident + " KiB became " + residentKib());
        }
    }

    private static int descriptors() {
        return java.util.Objects.requireNonNull(Path.of("/proc/self/fd").toFile().list()).length;
    }

    private static long residentKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IllegalStateException();
    }

    @Test
    void aThousandConnectionsAtOnce() throws Exception {
        int many = 1000;
        try (VsockListener listener = device.listen(9)) {
            VsockChannel[] channels = new VsockChannel[many];
            for (int i = 0; i < many; i++) {
                guest.send(Packet.REQUEST, i, 9);
                guest.next(Packet.RESPONSE, i);
                channels[i] = listener.accept();
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < many; i++) {
                    byte[] text = ("from " + i).getBytes();
                    guest.data(i, 9, text);
                    assertEquals("from " + i, read(channels[i]));
                    channels[i].write(ByteBuffer.wrap(text));
                    assertArrayEquals(text, guest.next(Packet.RW, i).data());
                }
            }
            for (int i = 0; i < many; i++) {
                channels[i].close();
                guest.next(Packet.SHUTDOWN, i);
            }
        }
    }

    @Test
    void thereIsAnEndToConnections() throws Exception {
        try (VsockListener listener = device.listen(9)) {
            for (int i = 0; i < Board.MOST_CONNECTIONS; i++) {
                guest.send(Packet.REQUEST, i, 9);
                guest.next(Packet.RESPONSE, i);
                listener.accept(); // kept open by the guest
            }
            guest.send(Packet.REQUEST, 9999, 9);
            guest.next(Packet.RST, 9999);
            guest.send(Packet.RST, 5, 9);
            guest.send(Packet.REQUEST, 9999, 9);
            guest.next(Packet.RESPONSE, 9999);
        }
    }
}
