package dev.jvmm.usernet.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.IpPacket;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.testing.Frames;
import dev.jvmm.usernet.testing.Leaks;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReassemblyTest {
    private static final IpAddress FROM = IpAddress.parse("10.0.2.15");
    private static final IpAddress TO = IpAddress.parse("192.0.2.1");
    private static final int MORE = 0x2000;

    private long now;
    private final Reassembly reassembly = new Reassembly(PooledByteBufAllocator.DEFAULT, () -> now);
    private final IpPacket packet = new IpPacket();

    @AfterEach
    void close() throws InterruptedException {
        reassembly.close();
        assertEquals(0, reassembly.pending());
        Leaks.none();
    }

    private Optional<ByteBuf> piece(int id, ByteBuf data, int offset, int length, boolean more) {
        ByteBuf bytes = Frames.v4(FROM, TO, Protocol.UDP, data.slice(offset, length), id,
                offset / 8 | (more ? MORE : 0));
        assertTrue(packet.read(bytes, 0, bytes.readableBytes()));
        return reassembly.input(packet, bytes);
    }

    private static ByteBuf random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    @Test
    void piecesComeInAnyOrder() {
        ByteBuf data = random(10_001);
        for (int seed = 0; seed < 20; seed++) {
            List<Integer> offsets = new ArrayList<>();
            for (int offset = 0; offset < 10_001; offset += 1000) {
                offsets.add(offset);
            }
            Collections.shuffle(offsets, new Random(seed));
            Optional<ByteBuf> whole = Optional.empty();
            for (int offset : offsets) {
                assertTrue(whole.isEmpty());
                whole = piece(seed, data, offset, Math.min(1000, 10_001 - offset), offset < 10_000);
            }
            assertEquals(data, whole.orElseThrow());
            whole.get().release();
        }
        assertEquals(0, reassembly.pending());
    }

    @Test
    void overlapsDropThePacket() {
        ByteBuf data = random(64);
        piece(1, data, 0, 24, true);
        piece(1, data, 16, 24, true);
        assertEquals(0, reassembly.pending());
        piece(2, data, 0, 24, false).orElseThrow().release();
        assertEquals(0, reassembly.pending(), "all of it was there");
        piece(3, data, 8, 24, false);
        piece(3, data, 40, 8, true);
        assertEquals(0, reassembly.pending(), "a piece behind the end");
        piece(4, data, 32, 8, true);
        piece(4, data, 8, 16, false);
        assertEquals(0, reassembly.pending(), "an end in front of a piece");
    }

    @Test
    void piecesThatCanNotBeAreDropped() {
        ByteBuf data = random(64);
        piece(1, data, 0, 12, true);
        piece(2, data, 0, 0, true);
        assertEquals(0, reassembly.pending());
        ByteBuf late = Frames.v4(FROM, TO, Protocol.UDP, random(64), 3, 0x1FFF);
        assertTrue(packet.read(late, 0, late.readableBytes()));
        assertTrue(reassembly.input(packet, late).isEmpty());
        assertEquals(0, reassembly.pending());
    }

    @Test
    void whatStaysInPiecesGoes() {
        ByteBuf data = random(64);
        for (int i = 0; i < 3 * Reassembly.MOST; i++) {
            piece(i, data, 0, 8, true);
            assertTrue(reassembly.pending() <= Reassembly.MOST);
        }
        now += 31_000_000_000L;
        piece(1000, data, 0, 8, true);
        assertEquals(1, reassembly.pending());
    }
}
