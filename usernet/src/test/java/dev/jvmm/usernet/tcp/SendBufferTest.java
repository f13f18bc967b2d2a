package dev.jvmm.usernet.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.testing.Leaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SendBufferTest {
    private static final int BASE = Integer.MAX_VALUE - 10_000;

    private final SendBuffer buffer = new SendBuffer();

    @AfterAll
    static void nothingIsLost() throws InterruptedException {
        Leaks.none();
    }

    private static ByteBuf read(byte[] data, int from, int to, int capacity) {
        ByteBuf read = PooledByteBufAllocator.DEFAULT.directBuffer(SendBuffer.HEADROOM + Math.max(capacity, to - from));
        return read.setIndex(SendBuffer.HEADROOM, SendBuffer.HEADROOM).writeBytes(data, from, to - from);
    }

    private static byte[] payload(ByteBuf packet) {
        byte[] payload = ByteBufUtil.getBytes(packet, packet.readerIndex() + TcpSegment.HEADER,
                packet.readableBytes() - TcpSegment.HEADER);
        packet.setInt(packet.readerIndex(), -1); // what a header does
        packet.release();
        return payload;
    }

    private static boolean sameMemory(ByteBuf read, ByteBuf packet) {
        byte was = read.getByte(SendBuffer.HEADROOM);
        packet.setByte(packet.readerIndex() + TcpSegment.HEADER, was + 1);
        return read.getByte(SendBuffer.HEADROOM) != was;
    }

    /** Any reads, any pieces sent and sent again, any acknowledgments. */
    @ParameterizedTest
    @ValueSource(longs = { 1, 2, 3, 4, 5, 6 })
    void whatIsSentIsWhatWasRead(long seed) {
        Random random = new Random(seed);
        byte[] stream = new byte[400_000];
        random.nextBytes(stream);
        buffer.start(BASE);
        int una = 0;
        int end = 0;
        while (una < stream.length) {
            if (random.nextInt(3) == 0 && end < stream.length && end - una < 100_000) {
                int length = Math.min(stream.length - end, 1 + random.nextInt(random.nextBoolean() ? 30_000 : 100));
                buffer.append(read(stream, end, end + length, random.nextInt(40_000)));
                end += length;
                assertEquals(BASE + end, buffer.end());
            }
            if (end > una) {
                int from = una + random.nextInt(end - una);
                int length = buffer.piece(BASE + from, 1 + random.nextInt(60_000));
                assertTrue(length > 0 && length <= end - from);
                assertArrayEquals(Arrays.copyOfRange(stream, from, from + length),
                        payload(buffer.packet(BASE + from, length)));
                buffer.sent(BASE + from);
                if (random.nextInt(4) == 0) {
                    una += random.nextInt(end - una + 1);
                    buffer.release(BASE + una);
                }
            }
        }
        assertEquals(0, buffer.held());
        assertEquals(0, buffer.chunks());
    }

    @Test
    void aReadThatFillsItsBufferIsSentWithoutACopyOnce() {
        byte[] data = new byte[50_000];
        ByteBuf read = read(data, 0, data.length, 0);
        buffer.start(BASE);
        buffer.append(read);
        ByteBuf packet = buffer.packet(BASE, data.length);
        assertTrue(sameMemory(read, packet));
        packet.release();
        buffer.sent(BASE);
        ByteBuf again = buffer.packet(BASE, data.length);
        assertFalse(sameMemory(read, again));
        again.release();
        buffer.releaseAll();
        assertEquals(0, read.refCnt());
    }

    @Test
    void aRefusedPacketIsNoCopyTheNextTimeEither() {
        ByteBuf read = read(new byte[50_000], 0, 50_000, 0);
        buffer.start(BASE);
        buffer.append(read);
        buffer.packet(BASE, 50_000).release();
        ByteBuf packet = buffer.packet(BASE, 50_000);
        assertTrue(sameMemory(read, packet));
        packet.release();
        buffer.releaseAll();
    }

    @Test
    void aPieceEndsWhereALargeReadBegins() {
        buffer.start(0);
        buffer.append(read(new byte[3000], 0, 3000, 0));
        buffer.append(read(new byte[30_000], 0, 30_000, 0));
        assertEquals(3000, buffer.piece(0, 65_000));
        buffer.append(read(new byte[3000], 0, 3000, 0));
        assertEquals(33_000, buffer.piece(3000, 65_000));
        buffer.sent(3000);
        assertEquals(36_000, buffer.piece(0, 65_000));
        buffer.releaseAll();
    }

    @Test
    void shortReadsDoNotKeepLongBuffers() {
        buffer.start(0);
        for (int i = 0; i < 1000; i++) {
            buffer.append(read(new byte[1], 0, 1, 60_000));
        }
        assertTrue(buffer.held() < 10_000, buffer.held() + " bytes");
        buffer.releaseAll();
    }
}
