package dev.jvmm.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.testing.MockRing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue against a driver that follows the rules. */
class VirtqueueTest {
    private static final int SIZE = 8;
    private static final QueueLayout LAYOUT = new QueueLayout(SIZE, 0x1000, 0x2000, 0x3000);
    private static final long DATA = 0x10000;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(2 << 20));
    private final GuestRam ram = new GuestRam(memory);
    private final DescriptorChain chain = new DescriptorChain();
    private int notifications;

    @AfterEach
    void close() {
        memory.close();
    }

    private Virtqueue queue(boolean eventIdx) {
        return new Virtqueue(0, ram, LAYOUT, SIZE, eventIdx, true, () -> notifications++);
    }

    private MockRing ring(boolean eventIdx) {
        return new MockRing(memory, LAYOUT, eventIdx);
    }

    @Test
    void chainsComeInOrderAndGoBackInAny() {
        MockRing ring = ring(false);
        Virtqueue queue = queue(false);
        assertFalse(queue.next(chain));
        int first = ring.post(1, DATA, 10, DATA + 100, 20);
        int second = ring.post(0, DATA + 200, 30);
        DescriptorChain other = new DescriptorChain();
        assertTrue(queue.next(chain));
        assertTrue(queue.next(other));
        assertFalse(queue.next(new DescriptorChain()));
        assertEquals(first, chain.head());
        assertEquals(2, chain.pieces());
        assertEquals(1, chain.readablePieces());
        assertEquals(10, chain.readableLength());
        assertEquals(20, chain.writableLength());
        assertEquals(second, other.head());
        assertEquals(2, queue.inFlight());
        queue.complete(other, 30);
        queue.complete(chain, 5);
        assertEquals(0, notifications);
        queue.flush();
        queue.flush();
        assertEquals(1, notifications);
        assertEquals(second, ring.usedHead());
        assertEquals(30, ring.takeUsed());
        assertEquals(first, ring.usedHead());
        assertEquals(5, ring.takeUsed());
        assertEquals(SIZE, ring.free());
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void indexesWrapAround(boolean eventIdx) {
        MockRing ring = ring(eventIdx);
        Virtqueue queue = queue(eventIdx);
        for (int i = 0; i < 0x1_0000 + 3; i++) {
            ring.post(1, DATA, 4, DATA + 8, 4);
            assertTrue(ring.needsKick(), "the queue was empty");
            assertTrue(queue.next(chain));
            queue.completeAndFlush(chain, 4);
            assertFalse(queue.next(chain));
            assertEquals(i + 1, notifications);
            assertEquals(4, ring.takeUsed());
        }
    }

    @Test
    void theDriverIsToldOnlyOfWhatItAsksFor() {
        MockRing ring = ring(true);
        Virtqueue queue = queue(true);
        ring.usedEvent(2);
        for (int i = 0; i < 4; i++) {
            ring.post(0, DATA, 4);
            assertTrue(queue.next(chain));
            queue.completeAndFlush(chain, 0);
            assertEquals(i < 2 ? 0 : 1, notifications);
        }
    }

    @Test
    void aBatchThatPassesTheEventIsToldOnce() {
        MockRing ring = ring(true);
        Virtqueue queue = queue(true);
        ring.usedEvent(1);
        for (int i = 0; i < 4; i++) {
            ring.post(0, DATA, 4);
        }
        while (queue.next(chain)) {
            queue.complete(chain, 0);
        }
        queue.flush();
        assertEquals(1, notifications);
    }

    /** 2.7.7.2: with the event index the flag is ignored, without it the event index is. */
    @ParameterizedTest
    @CsvSource({ "false, 0", "true, 1" })
    void theNoInterruptFlagCountsWithoutEventIndexOnly(boolean eventIdx, int expected) {
        MockRing ring = ring(eventIdx);
        Virtqueue queue = queue(eventIdx);
        ring.availableFlags(1);
        ring.post(0, DATA, 4);
        assertTrue(queue.next(chain));
        queue.completeAndFlush(chain, 0);
        assertEquals(expected, notifications);
    }

    @Test
    void kicksAreSuppressedWhileTheDeviceIsBehind() {
        MockRing ring = ring(true);
        Virtqueue queue = queue(true);
        ring.post(0, DATA, 4);
        assertTrue(ring.needsKick());
        ring.post(0, DATA, 4);
        assertFalse(ring.needsKick());
        assertTrue(queue.next(chain));
        queue.complete(chain, 0);
        assertTrue(queue.next(chain));
        queue.complete(chain, 0);
        assertFalse(queue.next(chain));
        ring.post(0, DATA, 4);
        assertTrue(ring.needsKick());
    }

    @Test
    void anIndirectTableIsAChain() {
        MockRing ring = ring(false);
        Virtqueue queue = queue(false);
        ByteBuffer table = memory.view(0x5001, 3 * 16);
        entry(table, 0, DATA, 16, 1, 2);
        entry(table, 1, DATA + 100, 1, 2, 0);
        entry(table, 2, DATA + 50, 7, 3, 1);
        // 2.7.5.3.2: the write flag of the descriptor that names the table is ignored; it may follow ordinary ones
        ring.descriptor(3, DATA + 500, 9, MockRing.F_NEXT, 4);
        ring.descriptor(4, 0x5001, 48, MockRing.F_INDIRECT | MockRing.F_WRITE, 0);
        ring.publish(3);
        assertTrue(queue.next(chain));
        assertEquals(4, chain.pieces());
        assertEquals(2, chain.readablePieces());
        assertEquals(25, chain.readableLength());
        assertEquals(8, chain.writableLength());
        assertEquals(DATA + 50, chain.address(2));
        assertEquals(7, chain.length(2));
    }

    static void entry(ByteBuffer table, int index, long address, int length, int flags, int next) {
        table.putLong(index * 16, address).putInt(index * 16 + 8, length);
        table.putShort(index * 16 + 12, (short) flags).putShort(index * 16 + 14, (short) next);
    }

    @Test
    void bytesAreCopiedAcrossPieces() {
        MockRing ring = ring(false);
        Virtqueue queue = queue(false);
        memory.write(DATA, new byte[]{ 1, 2, 3 });
        memory.write(DATA + 100, new byte[]{ 4 });
        memory.write(DATA + 200, new byte[]{ 5, 6, 7, 8, 9 });
        ring.post(3, DATA, 3, DATA + 100, 1, DATA + 200, 5, DATA + 300, 2, DATA + 400, 3);
        assertTrue(queue.next(chain));
        assertEquals(0x04030201, chain.int32(0));
        assertEquals(0x0807060504030201L, chain.int64(0));
        assertEquals(0x0605, chain.int16(4));
        assertEquals(9, chain.int8(8));
        byte[] all = new byte[9];
        chain.read(0, all, 0, 9);
        assertArrayEquals(new byte[]{ 1, 2, 3, 4, 5, 6, 7, 8, 9 }, all);
        ByteBuffer some = ByteBuffer.allocate(8);
        chain.read(2, some, 1, 4);
        assertEquals(ByteBuffer.wrap(new byte[]{ 0, 3, 4, 5, 6, 0, 0, 0 }), some);
        chain.write(1, new byte[]{ 21, 22, 23 }, 0, 3);
        chain.write(4, ByteBuffer.wrap(new byte[]{ 0, 24 }), 1, 1);
        chain.writeInt8(0, 20);
        assertArrayEquals(new byte[]{ 20, 21 }, memory.read(DATA + 300, 2));
        assertArrayEquals(new byte[]{ 22, 23, 24 }, memory.read(DATA + 400, 3));
    }

    @Test
    void piecesBecomeVectors() {
        MockRing ring = ring(false);
        Virtqueue queue = queue(false);
        ring.post(1, DATA, 16, DATA + 0x1000, 512, DATA + 0x2000, 512, DATA + 0x3000, 1);
        assertTrue(queue.next(chain));
        ByteBuffer vectors = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
        long host = memory.regions().getFirst().mapping().address();
        assertEquals(2, chain.writableVectors(100, 900, vectors));
        assertEquals(host + DATA + 0x1000 + 100, vectors.getLong(0));
        assertEquals(412, vectors.getLong(8));
        assertEquals(host + DATA + 0x2000, vectors.getLong(16));
        assertEquals(488, vectors.getLong(24));
        assertEquals(0, chain.writableVectors(1025, 0, vectors));
        assertEquals(1, chain.readableVectors(0, 16, vectors));
        assertEquals(chain.hostAddress(0), vectors.getLong(0));
        assertThrows(VirtioException.class, () -> chain.writableVectors(0, 1026, vectors));
        assertThrows(VirtioException.class, () -> chain.readableVectors(17, 0, vectors));
    }

    @ParameterizedTest
    @CsvSource({ "0, 1026", "1026, 0", "-1, 1", "1, -1", "1, 9223372036854775807" })
    void copiesStayInside(long offset, long length) {
        MockRing ring = ring(false);
        Virtqueue queue = queue(false);
        ring.post(1, DATA, 16, DATA + 0x1000, 1025);
        assertTrue(queue.next(chain));
        ByteBuffer bytes = ByteBuffer.allocate(16);
        assertThrows(VirtioException.class,
                () -> chain.write(offset, bytes, 0, (int) Math.min(length, Integer.MAX_VALUE)));
        assertThrows(VirtioException.class, () -> chain.int32(13));
        assertThrows(VirtioException.class, () -> chain.int32(-1));
    }

    @Test
    void aRetiredQueueGivesNothingAndDropsCompletions() {
        MockRing ring = ring(false);
        Virtqueue queue = queue(false);
        ring.post(0, DATA, 4);
        ring.post(0, DATA, 4);
        assertTrue(queue.next(chain));
        queue.retire();
        assertFalse(queue.next(new DescriptorChain()));
        queue.completeAndFlush(chain, 4);
        assertFalse(ring.hasUsed());
        assertEquals(0, notifications);
    }

    @Test
    void misuseByADeviceIsABug() {
        MockRing ring = ring(false);
        Virtqueue queue = queue(false);
        ring.post(0, DATA, 4);
        ring.post(0, DATA, 4);
        assertThrows(IllegalStateException.class, () -> queue.complete(chain, 0));
        assertTrue(queue.next(chain));
        assertThrows(IllegalStateException.class, () -> queue.next(chain));
        assertThrows(IllegalArgumentException.class, () -> queue.complete(chain, 5));
        queue.complete(chain, 4);
        assertThrows(IllegalStateException.class, () -> queue.complete(chain, 4));
    }

    @Test
    void aQueueThatWasNotReadyIsEmpty() {
        Virtqueue absent = new Virtqueue(3, ram);
        assertFalse(absent.isLive());
        assertEquals(0, absent.size());
        assertFalse(absent.next(chain));
        absent.flush();
    }

    @Test
    void whatWasInFlightComesAgainAfterARestore() {
        MockRing ring = ring(true);
        Virtqueue queue = queue(true);
        for (int i = 0; i < 4; i++) {
            ring.post(0, DATA, 4);
        }
        DescriptorChain[] chains = { new DescriptorChain(), new DescriptorChain(), new DescriptorChain() };
        for (DescriptorChain each : chains) {
            assertTrue(queue.next(each));
        }
        queue.complete(chains[1], 1);
        StateWriter out = new StateWriter();
        queue.save(out);
        queue.retire();

        Virtqueue restored = queue(true);
        restored.restore(new StateReader("queue", 1, out.bytes()));
        StateWriter again = new StateWriter();
        restored.save(again);
        assertArrayEquals(out.bytes(), again.bytes());
        int[] heads = { 0, 2, 3 };
        for (int head : heads) {
            assertTrue(restored.next(chain));
            assertEquals(head, chain.head());
            restored.complete(chain, 2);
        }
        assertFalse(restored.next(chain));
        restored.flush();
        assertEquals(1, notifications);
        assertEquals(1, ring.takeUsed());
        assertEquals(2, ring.takeUsed());
        assertEquals(2, ring.takeUsed());
        assertEquals(2, ring.takeUsed());
        assertFalse(ring.hasUsed());
    }

    @ParameterizedTest
    @CsvSource({ "4, 2, 1, 0", "4, 3, 1, 8", "4, 2, 2, 5", "0, 0, 9, 0", "0, 0, -1, 0" })
    void aForgedStateIsRefused(int available, int used, int count, int head) {
        StateWriter out = new StateWriter().int16(available).int16(used).int16(0).int32(count);
        for (int i = 0; i < count; i++) {
            out.int16(head);
        }
        Virtqueue queue = queue(false);
        assertThrows(StateException.class, () -> queue.restore(new StateReader("queue", 1, out.bytes())));
    }
}
