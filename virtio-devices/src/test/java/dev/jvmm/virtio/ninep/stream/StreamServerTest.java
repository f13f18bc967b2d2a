package dev.jvmm.virtio.ninep.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.ninep.server.Share;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StreamServerTest {
    private static final int CLIENTS = 3;
    private static final int T_GETATTR = 24;
    private static final int T_READ = 116;
    private static final int T_FLUSH = 108;
    private static final int CHUNK = 60_000;

    @TempDir
    Path folder;

    private Path shared;
    private byte[] content;
    private Share share;
    private StreamServer server;

    @BeforeEach
    void listen() throws IOException {
        shared = Files.createDirectory(folder.resolve("shared"));
        content = new byte[1 << 20];
        new Random(9).nextBytes(content);
        Files.write(shared.resolve("file"), content);
        share = Share.open(ShareConfig.of(shared));
        server = on(UnixDomainSocketAddress.of(folder.resolve("socket")));
    }

    private StreamServer on(SocketAddress address) throws IOException {
        return StreamServer.listen(share, address, ShareConfig.MOST_MSIZE, CLIENTS);
    }

    @AfterEach
    void end() {
        server.close();
        share.close();
    }

    private RawClient client() throws IOException {
        return new RawClient(server.address());
    }

    /** Opens the file as fid 1. */
    private static void open(RawClient client) throws IOException {
        RawClient.expect(111, client.call(110, 0, 1, (short) 1, "file"));
        RawClient.expect(13, client.call(12, 1, 2));
    }

    private static byte[] readAll(RawClient client) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            ByteBuffer answer = RawClient.expect(117, client.call(T_READ, 1, (long) all.size(), CHUNK));
            int count = answer.getInt(7);
            if (count == 0) {
                return all.toByteArray();
            }
            all.write(answer.array(), 11, count);
        }
    }

    @Test
    void aClientReadsAndWrites() throws IOException {
        try (RawClient client = client().attach()) {
            open(client);
            assertArrayEquals(content, readAll(client));
            byte[] piece = new byte[50_000];
            new Random(10).nextBytes(piece);
            ByteBuffer answer = client.call(118, 1, 100_000L, piece.length, piece);
            assertEquals(piece.length, RawClient.expect(119, answer).getInt(7));
            System.arraycopy(piece, 0, content, 100_000, piece.length);
        }
        assertArrayEquals(content, Files.readAllBytes(shared.resolve("file")));
    }

    @Test
    void tcpIsTheSame() throws IOException {
        try (StreamServer tcp = on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                RawClient client = new RawClient(tcp.address()).attach()) {
            open(client);
            assertArrayEquals(content, readAll(client));
        }
    }

    /** Small and large messages, answered at the same time. */
    @Test
    void messagesMayBeSentAhead() throws Exception {
        try (RawClient client = client().attach()) {
            open(client);
            for (int round = 0; round < 20; round++) {
                Set<Integer> expected = new HashSet<>();
                for (int tag = 10; tag < 60; tag++) {
                    if (tag % 7 == 0) {
                        client.add(118, tag, 1, 2_000_000L + tag * 20_000L, 20_000, new byte[20_000]);
                    } else {
                        client.add(tag % 2 == 0 ? T_GETATTR : T_READ, tag, 1, tag % 2 == 0 ? 0x7FFL : 5L, 1000);
                    }
                    expected.add(tag);
                }
                Thread sender = new Thread(() -> assertDoes(client::send));
                sender.start();
                for (int i = 10; i < 60; i++) {
                    ByteBuffer answer = client.receive();
                    assertTrue(expected.remove((int) answer.getShort(5)));
                    if (answer.get(4) == 117) {
                        assertArrayEquals(Arrays.copyOfRange(content, 5, 1005),
                                Arrays.copyOfRange(answer.array(), 11, 1011));
                    }
                }
                sender.join();
            }
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void assertDoes(Action action) {
        try {
            action.run();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFlushIsAnsweredBehindWhatItFlushes() throws IOException {
        try (RawClient client = client().attach()) {
            open(client);
            for (int round = 0; round < 200; round++) {
                client.add(T_READ, 2, 1, 0L, CHUNK).add(T_READ, 3, 1, 0L, CHUNK).add(T_FLUSH, 4, (short) 3)
                        .add(T_FLUSH, 5, (short) 4).send();
                List<Integer> order = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    order.add((int) client.receive().getShort(5));
                }
                assertTrue(order.indexOf(3) < order.indexOf(4), order::toString);
                assertTrue(order.indexOf(4) < order.indexOf(5), order::toString);
            }
        }
    }

    @Test
    void garbageEndsItsOwnConnectionOnly() throws IOException {
        try (RawClient good = client().attach()) {
            for (int size : new int[]{ 0, 3, 6, -1, Integer.MAX_VALUE, ShareConfig.MOST_MSIZE + 1 }) {
                try (RawClient bad = client()) {
                    ByteBuffer raw = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(size);
                    bad.raw(raw.array());
                    assertThrows(IOException.class, bad::receive);
                }
                awaitClients(1);
            }
            open(good);
            assertArrayEquals(content, readAll(good));
        }
    }

    private void awaitClients(int count) {
        try {
            while (server.clients() != count) {
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void noMoreClientsThanAllowed() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(client().attach());
        }
        try (RawClient late = client()) {
            assertThrows(IOException.class, late::attach);
        }
        clients.get(0).close();
        awaitClients(CLIENTS - 1);
        client().attach().close();
        for (RawClient client : clients) {
            client.close();
        }
        awaitClients(0);
    }

    @Test
    void nothingIsLeftAtTheEnd() throws IOException {
        RawClient client = client().attach();
        open(client);
        server.close();
        assertEquals(0, server.clients());
        assertThrows(IOException.class, () -> client.call(T_GETATTR, 1, 0x7FFL));
        assertFalse(Files.exists(folder.resolve("socket")));
        assertTrue(
                Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().startsWith("9p-")));
    }

    @Test
    void aSocketIsNotTakenFromOthers() {
        assertThrows(IOException.class, () -> on(UnixDomainSocketAddress.of(folder.resolve("socket"))));
        assertThrows(IOException.class, () -> on(UnixDomainSocketAddress.of(shared.resolve("file"))));
    }
}
