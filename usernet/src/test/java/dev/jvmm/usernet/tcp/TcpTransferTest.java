package dev.jvmm.usernet.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams through two stacks and real sockets. */
@Timeout(120)
class TcpTransferTest {
    private static final int CONNECTIONS = 1000;

    @AfterAll
    static void nothingIsLost() throws InterruptedException {
        Leaks.none();
    }

    private static <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "transfer");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static byte[] write(Socket socket, long seed, long bytes) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Random random = new Random(seed);
        byte[] block = new byte[100_000];
        for (long left = bytes; left > 0; left -= block.length) {
            random.nextBytes(block);
            int length = (int) Math.min(left, block.length);
            digest.update(block, 0, length);
            socket.getOutputStream().write(block, 0, length);
        }
        socket.shutdownOutput();
        return digest.digest();
    }

    private static byte[] read(Socket socket) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[100_000];
        for (int got = socket.getInputStream().read(block); got >= 0; got = socket.getInputStream().read(block)) {
            digest.update(block, 0, got);
        }
        return digest.digest();
    }

    /** Both ways at once, half-closed both ways; the checksums say that nothing was lost, doubled or mixed up. */
    @ParameterizedTest
    @CsvSource({ "1, 0, false, 40000001", "2, 0, true, 10000001", "3, 0.005, true, 5000000", "4, 0.02, true, 2000000",
        "5, 0.02, false, 5000000", "6, 0.1, true, 200000" })
    void streamsArriveWhole(long seed, double loss, boolean cuts, long bytes) throws Exception {
        try (ModelNetwork network = new ModelNetwork(seed, loss, cuts);
                Socket client = network.client();
                Socket server = network.accepted()) {
            FutureTask<byte[]> up = start(() -> write(client, seed, bytes));
            FutureTask<byte[]> down = start(() -> write(server, seed + 100, bytes));
            FutureTask<byte[]> atServer = start(() -> read(server));
            assertArrayEquals(read(client), down.get());
            assertArrayEquals(up.get(), atServer.get());
            assertTrue(network.toGuest.carried() > 0);
        }
    }

    /** Each way alone, while the other end is closed already. */
    @Test
    void oneSideMayCloseLongBeforeTheOther() throws Exception {
        try (ModelNetwork network = new ModelNetwork(7, 0.001, true);
                Socket client = network.client();
                Socket server = network.accepted()) {
            client.shutdownOutput();
            assertEquals(-1, server.getInputStream().read());
            FutureTask<byte[]> sent = start(() -> write(server, 7, 3_000_000));
            assertArrayEquals(read(client), sent.get());
        }
    }

    @Test
    void aReaderThatWaitsStopsTheWriterAndGetsAll() throws Exception {
        try (ModelNetwork network = new ModelNetwork(8, 0, false);
                Socket client = network.client();
                Socket server = network.accepted()) {
            FutureTask<byte[]> up = start(() -> write(client, 8, 30_000_000));
            Thread.sleep(300);
            assertTrue(network.stack.memory().used() < 4 << 20, network.stack.memory().used() + " bytes");
            assertArrayEquals(read(server), up.get());
        }
    }

    @Test
    void aReaderInTheGuestThatWaitsStopsTheHost() throws Exception {
        try (ModelNetwork network = new ModelNetwork(9, 0, true);
                Socket client = network.client();
                Socket server = network.accepted()) {
            FutureTask<byte[]> down = start(() -> write(server, 9, 30_000_000));
            Thread.sleep(300);
            assertTrue(network.stack.memory().used() < 4 << 20, network.stack.memory().used() + " bytes");
            assertArrayEquals(read(client), down.get());
        }
    }

    @Test
    void aResetGoesThroughBothWays() throws Exception {
        try (ModelNetwork network = new ModelNetwork(10, 0, true)) {
            Socket client = network.client();
            try (Socket server = network.accepted()) {
                client.setSoLinger(true, 0);
                client.close();
                assertThrows(SocketException.class, () -> server.getInputStream().read());
            }
            try (Socket other = network.client()) {
                Socket server = network.accepted();
                server.setSoLinger(true, 0);
                server.close();
                assertThrows(SocketException.class, () -> other.getInputStream().read());
            }
        }
    }

    @Test
    void aServerThatIsNotThereRefuses() throws Exception {
        try (ModelNetwork network = new ModelNetwork(11, 0, true)) {
            network.server.close();
            try (Socket client = network.client()) {
                assertThrows(SocketException.class, () -> client.getInputStream().read());
            }
        }
    }

    @Test
    void aThousandConnectionsAtOnce() throws IOException, InterruptedException, ExecutionException {
        List<Socket> clients = new ArrayList<>();
        List<Socket> servers = new ArrayList<>();
        try (ModelNetwork network = new ModelNetwork(12, 0, true)) {
            FutureTask<Integer> accepted = start(() -> {
                for (int i = 0; i < CONNECTIONS; i++) {
                    servers.add(network.accepted());
                }
                return servers.size();
            });
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(network.client());
            }
            assertEquals(CONNECTIONS, accepted.get());
            assertEquals(CONNECTIONS, network.stack.connections());
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.get(i).getOutputStream().write(("I am " + i).getBytes());
                clients.get(i).shutdownOutput();
            }
            for (Socket server : servers) {
                server.getOutputStream().write(server.getInputStream().readAllBytes());
                server.close();
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                assertEquals("I am " + i, new String(clients.get(i).getInputStream().readAllBytes()));
            }
        } finally {
            for (Socket socket : clients) {
                socket.close();
            }
            for (Socket socket : servers) {
                socket.close();
            }
        }
    }
}
