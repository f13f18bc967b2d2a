package dev.jvmm.usernet.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiveQueueTest {
    private static final int BASE = Integer.MAX_VALUE - 500;

    private final ReceiveQueue queue = new ReceiveQueue();

    @AfterAll
    static void nothingIsLost() throws InterruptedException {
        Leaks.none();
    }

    private void add(byte[] stream, int from, int to) {
        ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer(to - from);
        queue.add(BASE + from, piece.writeBytes(stream, from, to - from));
    }

    /** Any pieces of a stream, in any order, are the stream in the end. */
    @ParameterizedTest
    @ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8 })
    void piecesInAnyOrderAreTheStream(long seed) {
        Random random = new Random(seed);
        byte[] stream = new byte[2000];
        random.nextBytes(stream);
        byte[] got = new byte[stream.length];
        int next = 0;
        boolean[] has = new boolean[stream.length];
        for (int i = 0; next < stream.length; i++) {
            int from = random.nextInt(stream.length);
            int to = Math.min(stream.length, from + 1 + random.nextInt(50));
            add(stream, from, to);
            int bytes = 0;
            for (int at = from; at < to; at++) {
                has[at] = true;
            }
            for (ByteBuf piece = queue.take(BASE + next); piece != null; piece = queue.take(BASE + next)) {
                int length = piece.readableBytes();
                piece.readBytes(got, next, length).release();
                next += length;
            }
            for (int at = next; at < stream.length; at++) {
                bytes += has[at] ? 1 : 0;
            }
            assertEquals(bytes, queue.bytes());
            blocksSayWhatIsThere(has, next);
        }
        assertArrayEquals(stream, got);
        assertTrue(queue.isEmpty());
    }

    private void blocksSayWhatIsThere(boolean[] has, int next) {
        int[] left = new int[4];
        int[] right = new int[4];
        int blocks = queue.blocks(left, right, 4);
        assertEquals(queue.isEmpty(), blocks == 0);
        for (int i = 0; i < blocks; i++) {
            int from = left[i] - BASE;
            int to = right[i] - BASE;
            assertTrue(from >= next && from < to);
            assertTrue(!has[from - 1] || from == next);
            assertTrue(to == has.length || !has[to]);
            for (int at = from; at < to; at++) {
                assertTrue(has[at]);
            }
        }
    }

    @Test
    void thereIsAnEndToPieces() {
        byte[] stream = new byte[3 * ReceiveQueue.MOST];
        for (int i = 0; i < ReceiveQueue.MOST + 100; i++) {
            add(stream, 1 + 2 * i, 2 + 2 * i);
        }
        assertEquals(ReceiveQueue.MOST, queue.bytes());
        assertNull(queue.take(BASE));
        queue.releaseAll();
        assertEquals(0, queue.bytes());
    }
}
