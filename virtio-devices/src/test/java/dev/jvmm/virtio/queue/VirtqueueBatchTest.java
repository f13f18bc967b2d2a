package dev.jvmm.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.testing.MockRing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What devices with many small chains use. */
class VirtqueueBatchTest {
    private static final int SIZE = 8;
    private static final QueueLayout LAYOUT = new QueueLayout(SIZE, 0x1000, 0x2000, 0x3000);
    private static final long DATA = 0x10000;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(2 << 20));
    private final DescriptorChain chain = new DescriptorChain();
    private int notifications;

    @AfterEach
    void close() {
        memory.close();
    }

    private Virtqueue queue() {
        return new Virtqueue(0, new GuestRam(memory), LAYOUT, SIZE, true, true, () -> notifications++);
    }

    /** Chains that belong together come back at one moment, from which on the driver sees all of them. */
    @Test
    void stagedChainsAreSeenTogether() {
        MockRing ring = new MockRing(memory, LAYOUT, true);
        Virtqueue queue = queue();
        DescriptorChain other = new DescriptorChain();
        ring.post(0, DATA, 10);
        ring.post(0, DATA + 10, 10);
        assertTrue(queue.next(chain));
        assertTrue(queue.next(other));
        queue.stage(chain, 10);
        queue.stage(other, 3);
        assertEquals(0, ring.usedIndex());
        assertEquals(0, queue.inFlight());
        queue.publish();
        assertEquals(2, ring.usedIndex());
        assertEquals(0, notifications);
        queue.flush();
        assertEquals(1, notifications);
        assertEquals(10, ring.takeUsed());
        assertEquals(3, ring.takeUsed());
    }

    /** Looking whether there is more is not asking to be told. */
    @Test
    void aLookDoesNotAskForANotification() {
        MockRing ring = new MockRing(memory, LAYOUT, true);
        Virtqueue queue = queue();
        ring.post(0, DATA, 10);
        assertTrue(ring.needsKick());
        assertTrue(queue.hasNext());
        assertTrue(queue.next(chain));
        queue.complete(chain, 0);
        assertFalse(queue.hasNext());
        ring.post(0, DATA, 10);
        assertFalse(ring.needsKick(), "nobody has asked");
        assertTrue(queue.hasNext());
        assertTrue(queue.next(chain));
        queue.complete(chain, 0);
        assertFalse(queue.next(chain));
        ring.post(0, DATA, 10);
        assertTrue(ring.needsKick());
        queue.stop();
        assertFalse(queue.hasNext());
    }
}
