package dev.jvmm.virtio.ninep.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.ninep.server.Message;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who reads and who answers, over a peer that answers when the test says so. */
@Timeout(60)
final class StreamConnectionTest {
    private static final int ECHO = 60;
    private static final int T_FLUSH = 108;
    private static final int MOST = 100_000;

    @TempDir
    Path folder;

    private final Held peer = new Held();
    private final CountDownLatch ended = new CountDownLatch(1);
    private SocketChannel near;
    private SocketChannel far;

    /** Answers with the message itself, once its tag is not held; a message of type 2 is none. */
    private static final class Held implements StreamPeer {
        private final Set<Integer> held = new HashSet<>();
        private int inside;
        private boolean closed;

        @Override
        public int handle(Message request, Message reply) {
            ByteBuffer all = ByteBuffer.allocate(request.length()).order(ByteOrder.LITTLE_ENDIAN);
            request.read(0, all);
            await(all.getShort(5));
            if (all.get(4) == 2) {
                return Client.BROKEN;
            }
            reply.write(0, all.flip());
            return all.limit();
        }

        private synchronized void await(int tag) {
            inside++;
            notifyAll();
            while (held.contains(tag)) {
                pause();
            }
            inside--;
        }

        private void pause() {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        synchronized void hold(int... tags) {
            for (int tag : tags) {
                held.add(tag);
            }
        }

        /** Those, or all. */
        synchronized void letGo(int... tags) {
            if (tags.length == 0) {
                held.clear();
            }
            for (int tag : tags) {
                held.remove(tag);
            }
            notifyAll();
        }

        synchronized void awaitInside(int count) {
            while (inside < count) {
                pause();
            }
        }

        @Override
        public synchronized void close() {
            assertEquals(0, inside);
            closed = true;
        }
    }

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address);
            near = SocketChannel.open(address);
            far = listener.accept();
        }
        new StreamConnection("9p-test", far, peer, MOST, ended::countDown).start();
    }

    @AfterEach
    void end() throws Exception {
        near.close();
        peer.letGo();
        assertTrue(ended.await(30, TimeUnit.SECONDS));
        assertTrue(peer.closed);
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("9p-test"))
                .allMatch(thread -> joined(thread)));
    }

    private static boolean joined(Thread thread) {
        try {
            thread.join();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static byte[] message(int type, int tag, int size) {
        byte[] bytes = new byte[size];
        new Random(tag).nextBytes(bytes);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(size).put((byte) type).putShort((short) tag);
        return bytes;
    }

    private static byte[] echo(int tag) {
        return message(ECHO, tag, 20);
    }

    private static byte[] flush(int tag, int flushed) {
        byte[] bytes = message(T_FLUSH, tag, 9);
        bytes[7] = (byte) flushed;
        bytes[8] = 0;
        return bytes;
    }

    /** Sends messages, or pieces of some, in one write. */
    private void send(byte[]... pieces) throws IOException {
        int length = 0;
        for (byte[] piece : pieces) {
            length += piece.length;
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        for (byte[] piece : pieces) {
            all.put(piece);
        }
        all.flip();
        while (all.hasRemaining()) {
            near.write(all);
        }
    }

    /** The next answer's tag; the answer is the request. */
    private int receive() throws IOException {
        ByteBuffer head = read(4);
        ByteBuffer rest = read(head.getInt(0) - 4);
        int tag = rest.getShort(1);
        byte[] expected = rest.get(0) == T_FLUSH ? flush(tag, rest.get(3)) : message(ECHO, tag, head.getInt(0));
        assertEquals(ByteBuffer.wrap(expected, 4, expected.length - 4), rest);
        return tag;
    }

    private ByteBuffer read(int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (near.read(bytes) < 0) {
                throw new IOException("the end");
            }
        }
        return bytes.flip();
    }

    private List<Integer> receive(int count) throws IOException {
        List<Integer> tags = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tags.add(receive());
        }
        return tags;
    }

    @Test
    void messagesInPiecesAndTogether() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            ByteBuffer all = ByteBuffer.allocate(400_000);
            int count = 1 + random.nextInt(20);
            for (int tag = 0; tag < count; tag++) {
                int size = random.nextInt(10) == 0 ? 7 + random.nextInt(20_000) : 7 + random.nextInt(100);
                all.put(message(ECHO, tag, size));
            }
            all.flip();
            Thread sender = Thread.ofPlatform().start(() -> sendInPieces(all, random.nextInt(3)));
            Set<Integer> tags = new HashSet<>(receive(count));
            assertEquals(count, tags.size());
            assertTrue(joined(sender));
        }
    }

    private void sendInPieces(ByteBuffer all, int pieces) {
        try {
            int step = Math.max(1, all.limit() / (1 << 3 * pieces));
            for (int end = Math.min(step, all.capacity()); all.position() < all.capacity();) {
                ByteBuffer piece = all.duplicate();
                piece.limit(Math.min(end, all.limit()));
                while (piece.hasRemaining()) {
                    near.write(piece);
                }
                if (piece.limit() == all.limit()) {
                    return;
                }
                all.position(piece.limit());
                end = piece.limit() + step;
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theLongestMessage() throws IOException {
        for (int i = 0; i < 5; i++) {
            send(message(ECHO, 1, 7), message(ECHO, 2, MOST), message(ECHO, 3, MOST), message(ECHO, 4, 7));
            assertEquals(Set.of(1, 2, 3, 4), new HashSet<>(receive(4)));
        }
    }

    @Test
    void oneThatTakesLongHoldsNobodyUp() throws IOException {
        peer.hold(1);
        send(echo(1));
        peer.awaitInside(1);
        for (int tag = 2; tag < 200; tag++) {
            send(echo(tag));
            assertEquals(tag, receive());
        }
        peer.letGo(1);
        assertEquals(1, receive());
        send(echo(3));
        assertEquals(3, receive());
    }

    /** What was answered before it goes out, and what came behind it is answered, a message in two pieces as well. */
    @Test
    void norWhatCameWithIt() throws IOException {
        byte[] last = echo(5);
        peer.hold(2);
        for (int round = 0; round < 20; round++) {
            peer.hold(2);
            send(echo(1), echo(2), echo(3), echo(4), java.util.Arrays.copyOf(last, 9));
            assertEquals(Set.of(1, 3, 4), new HashSet<>(receive(3)));
            send(java.util.Arrays.copyOfRange(last, 9, last.length));
            assertEquals(5, receive());
            peer.letGo(2);
            assertEquals(2, receive());
        }
    }

    @Test
    void moreThatTakeLongThanThreads() throws IOException {
        int[] slow = new int[StreamConnection.MOST_THREADS];
        for (int i = 0; i < slow.length; i++) {
            slow[i] = 100 + i;
        }
        for (int round = 0; round < 5; round++) {
            peer.hold(slow);
            for (int tag : slow) {
                send(echo(tag));
            }
            peer.awaitInside(slow.length);
            send(echo(1), echo(2));
            peer.letGo(103);
            assertEquals(Set.of(103, 1, 2), new HashSet<>(receive(3)));
            peer.letGo(slow);
            receive(slow.length - 1);
            send(echo(4));
            assertEquals(4, receive());
        }
    }

    @Test
    void aFlushIsAnsweredBehindWhatItFlushes() throws IOException {
        for (int round = 0; round < 10; round++) {
            peer.hold(1);
            send(echo(1), flush(5, 1), flush(6, 5), echo(2));
            assertEquals(2, receive());
            peer.letGo(1);
            assertEquals(List.of(1, 5, 6), receive(3));
            send(flush(7, 1), flush(7, 7));
            assertEquals(List.of(7, 7), receive(2));
        }
    }

    @Test
    void garbageIsTheEnd() throws IOException {
        peer.hold(1);
        send(echo(1));
        peer.awaitInside(1);
        send(echo(2));
        assertEquals(2, receive());
        send(new byte[]{ 4, 0, 0, 0 });
        assertThrows(IOException.class, this::receive);
        peer.letGo(1);
    }

    /** What was answered before it is sent. */
    @Test
    void aMessageThatIsNoneIsTheEnd() throws IOException {
        send(echo(1), message(2, 2, 20));
        assertEquals(1, receive());
        assertThrows(IOException.class, this::receive);
    }

    @Test
    void theEndWhileAMessageTakesLong() throws IOException {
        peer.hold(1);
        send(echo(2), echo(1));
        assertEquals(2, receive());
        near.close();
        peer.letGo(1);
    }
}
