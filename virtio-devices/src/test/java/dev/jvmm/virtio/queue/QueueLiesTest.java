package dev.jvmm.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.testing.MockRing;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue against a driver that lies. Each lie is named, and leads nowhere. */
class QueueLiesTest {
    private static final long MEMORY = 2 << 20;
    private static final int SIZE = 8;
    private static final QueueLayout LAYOUT = new QueueLayout(SIZE, 0x1000, 0x2000, 0x3000);
    private static final long DATA = 0x10000;
    private static final long TABLE = 0x5000;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(MEMORY));
    private final GuestRam ram = new GuestRam(memory);
    private final MockRing ring = new MockRing(memory, LAYOUT, false);
    private final Virtqueue queue = queue(LAYOUT, true);
    private final DescriptorChain chain = new DescriptorChain();

    @AfterEach
    void close() {
        memory.close();
    }

    private Virtqueue queue(QueueLayout layout, boolean indirect) {
        return new Virtqueue(0, ram, layout, SIZE, false, indirect, () -> {});
    }

    private void refused(String reason) {
        VirtioException lie = assertThrows(VirtioException.class, () -> queue.next(chain));
        assertTrue(lie.getMessage().contains(reason), lie.getMessage());
        assertEquals(0, queue.inFlight());
    }

    @ParameterizedTest
    @ValueSource(ints = { 9, 0x7FFF, 0xFFFF })
    void anAvailableIndexThatJumps(int index) {
        ring.availableIndex(index);
        refused("available index");
    }

    @Test
    void anAvailableIndexThatGoesBack() {
        ring.post(0, DATA, 4);
        assertTrue(queue.next(chain));
        queue.complete(chain, 0);
        ring.availableIndex(0);
        refused("available index");
    }

    @ParameterizedTest
    @ValueSource(ints = { 8, 0x7FFF, 0xFFFF })
    void aHeadOutsideTheTable(int head) {
        ring.publish(head);
        refused("descriptor " + head);
    }

    @Test
    void aHeadThatIsStillInFlight() {
        ring.post(0, DATA, 4);
        ring.publish(0);
        assertTrue(queue.next(chain));
        VirtioException lie = assertThrows(VirtioException.class, () -> queue.next(new DescriptorChain()));
        assertTrue(lie.getMessage().contains("before it was used"), lie.getMessage());
    }

    @Test
    void aChainThatLoops() {
        ring.descriptor(0, DATA, 4, MockRing.F_NEXT, 1);
        ring.descriptor(1, DATA, 4, MockRing.F_NEXT, 0);
        ring.publish(0);
        refused("more than 8 descriptors");
    }

    @Test
    void aChainThatLoopsOverEmptyBuffers() {
        ring.descriptor(0, -1, 0, MockRing.F_NEXT, 0);
        ring.publish(0);
        refused("more than 8 descriptors");
    }

    @Test
    void emptyBuffersAreLeftOut() {
        ring.descriptor(0, -1, 0, MockRing.F_NEXT, 1);
        ring.descriptor(1, DATA, 4, 0, 0);
        ring.publish(0);
        assertTrue(queue.next(chain));
        assertEquals(1, chain.pieces());
    }

    @Test
    void aNextOutsideTheTable() {
        ring.descriptor(0, DATA, 4, MockRing.F_NEXT, 8);
        ring.publish(0);
        refused("goes on at descriptor 8");
    }

    @ParameterizedTest
    @CsvSource({
        "2097152, 1", "2097151, 2", "-1, 1", "-1, 2", "0, 4294967295", "9223372036854775807, 2", "3221225472, 4096",
        "1048576, 2147483648"
    })
    void buffersOutsideRam(long address, long length) {
        ring.descriptor(0, address, length, MockRing.F_WRITE, 0);
        ring.publish(0);
        refused("is not RAM");
    }

    /** 2.7.4.2. */
    @Test
    void readableAfterWritable() {
        ring.descriptor(0, DATA, 4, MockRing.F_WRITE | MockRing.F_NEXT, 1);
        ring.descriptor(1, DATA, 4, 0, 0);
        ring.publish(0);
        refused("device-readable buffer follows");
    }

    /** 2.7.5.2: with eight pieces of RAM that has 2 MiB no chain comes near 4 GiB, so this one uses a larger queue. */
    @Test
    void chainsOf4GiB() {
        QueueLayout large = new QueueLayout(4096, 0x10_0000, 0x4_0000, 0x5_0000);
        MockRing largeRing = new MockRing(memory, large, false);
        Virtqueue largeQueue = new Virtqueue(0, ram, large, 4096, false, true, () -> {});
        for (int i = 0; i < 2049; i++) {
            largeRing.descriptor(i, 0, MEMORY, MockRing.F_WRITE | MockRing.F_NEXT, i + 1);
        }
        largeRing.publish(0);
        VirtioException lie = assertThrows(VirtioException.class, () -> largeQueue.next(chain));
        assertTrue(lie.getMessage().contains("4 GiB"), lie.getMessage());
        for (int i = 2046; i < 2048; i++) {
            largeRing.descriptor(i, 0, i == 2047 ? MEMORY - 1 : MEMORY, i == 2047 ? MockRing.F_WRITE : 3, i + 1);
        }
        assertTrue(largeQueue.next(chain));
        assertEquals(0xFFFF_FFFFL, chain.writableLength());
        assertEquals(2048, chain.pieces());
    }

    private void indirect(long length) {
        ring.descriptor(0, TABLE, length, MockRing.F_INDIRECT, 0);
        ring.publish(0);
    }

    private ByteBuffer table(int entries) {
        return memory.view(TABLE, entries * 16);
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, 1, 15, 17, 31, 4294967280L })
    void indirectTablesOfOddLengths(long length) {
        indirect(length);
        refused("an indirect table of " + length + " bytes");
    }

    @Test
    void anIndirectTableThatWasNotNegotiated() {
        VirtqueueTest.entry(table(1), 0, DATA, 4, 0, 0);
        indirect(16);
        Virtqueue direct = queue(LAYOUT, false);
        VirtioException lie = assertThrows(VirtioException.class, () -> direct.next(chain));
        assertTrue(lie.getMessage().contains("VIRTIO_F_INDIRECT_DESC"), lie.getMessage());
    }

    @Test
    void anIndirectTableWithANextDescriptor() {
        VirtqueueTest.entry(table(1), 0, DATA, 4, 0, 0);
        ring.descriptor(0, TABLE, 16, MockRing.F_INDIRECT | MockRing.F_NEXT, 1);
        ring.publish(0);
        refused("with a next one");
    }

    @Test
    void anIndirectTableInAnother() {
        VirtqueueTest.entry(table(1), 0, TABLE, 16, MockRing.F_INDIRECT, 0);
        indirect(16);
        refused("in an indirect table");
    }

    @Test
    void anIndirectTableThatLoops() {
        VirtqueueTest.entry(table(1), 0, DATA, 4, MockRing.F_NEXT, 0);
        indirect(16);
        refused("more than 8 descriptors");
    }

    @Test
    void anIndirectTableThatGoesOnBehindItsEnd() {
        VirtqueueTest.entry(table(2), 0, DATA, 4, MockRing.F_NEXT, 1);
        VirtqueueTest.entry(table(2), 1, DATA, 4, 0, 0);
        indirect(16);
        refused("goes on at descriptor 1 of an indirect table of 1");
    }

    @Test
    void anIndirectChainIsNoLongerThanTheQueue() {
        ByteBuffer table = table(9);
        for (int i = 0; i < 9; i++) {
            VirtqueueTest.entry(table, i, DATA, 4, i < 8 ? MockRing.F_NEXT : 0, i + 1);
        }
        indirect(9 * 16);
        refused("more than 8 descriptors");
        table.putShort(7 * 16 + 12, (short) 0);
        assertTrue(queue.next(chain));
        assertEquals(8, chain.pieces());
    }

    @Test
    void aMixedChainIsNoLongerThanTheQueue() {
        ByteBuffer table = table(7);
        for (int i = 0; i < 7; i++) {
            VirtqueueTest.entry(table, i, DATA, 4, i < 6 ? MockRing.F_NEXT : 0, i + 1);
        }
        ring.descriptor(0, DATA, 4, MockRing.F_NEXT, 1);
        ring.descriptor(1, DATA, 4, MockRing.F_NEXT, 2);
        ring.descriptor(2, TABLE, 7 * 16, MockRing.F_INDIRECT, 0);
        ring.publish(0);
        refused("more than 8 descriptors");
    }

    /** What the driver changes after the chain was taken is not looked at again. */
    @Test
    void aDescriptorThatChangesLater() {
        int head = ring.post(0, DATA, 100);
        assertTrue(queue.next(chain));
        ring.descriptor(head, -4096, 0xFFFF_FFFFL, MockRing.F_NEXT, 9);
        chain.write(0, new byte[100], 0, 100);
        assertEquals(DATA, chain.address(0));
        assertEquals(100, chain.length(0));
        queue.complete(chain, 100);
        assertFalse(queue.next(chain));
    }

    /** All lies that a wrong event index can tell: at worst an interrupt too many or too few. */
    @Test
    void anyEventIndexIsHarmless() {
        MockRing liar = new MockRing(memory, LAYOUT, true);
        Virtqueue events = new Virtqueue(0, ram, LAYOUT, SIZE, true, true, () -> {});
        for (int event = 0; event < 0x1_0000; event += 0x1111) {
            liar.usedEvent(event);
            liar.post(0, DATA, 4);
            assertTrue(events.next(chain));
            events.completeAndFlush(chain, 0);
            liar.takeUsed();
        }
    }
}
