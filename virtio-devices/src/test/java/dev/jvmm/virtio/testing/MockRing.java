package dev.jvmm.virtio.testing;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.queue.QueueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The driver's side of a split virtqueue in plain guest memory, as Linux's virtio_ring keeps it: a free list through the descriptor
 * table, an available ring, a used ring. Every field can also be written by hand, to lie. For one thread.
 */
public final class MockRing {
    public static final int F_NEXT = 1;
    public static final int F_WRITE = 2;
    public static final int F_INDIRECT = 4;

    private static final int ENTRIES = 4;

    private final QueueLayout layout;
    private final boolean eventIdx;
    private final ByteBuffer descriptors;
    private final ByteBuffer available;
    private final ByteBuffer used;
    private int freeHead;
    private int freeCount;
    private int nextAvailable;
    private int kicked;
    private int seenUsed;

    /** Zeroes the rings. */
    public MockRing(GuestMemory memory, QueueLayout layout, boolean eventIdx) {
        this(layout, eventIdx, memory);
        clear(descriptors);
        clear(available);
        clear(used);
        freeCount = layout.size();
        for (int i = 0; i < layout.size(); i++) {
            descriptors.putShort(i * 16 + 14, (short) (i + 1));
        }
    }

    private MockRing(QueueLayout layout, boolean eventIdx, GuestMemory memory) {
        this.layout = layout;
        this.eventIdx = eventIdx;
        descriptors = memory.view(layout.descriptors(), layout.descriptorBytes());
        available = memory.view(layout.available(), layout.availableBytes());
        used = memory.view(layout.used(), layout.usedBytes());
    }

    /** The same driver after its memory was copied. */
    MockRing movedTo(GuestMemory memory) {
        MockRing moved = new MockRing(layout, eventIdx, memory);
        moved.freeHead = freeHead;
        moved.freeCount = freeCount;
        moved.nextAvailable = nextAvailable;
        moved.kicked = kicked;
        moved.seenUsed = seenUsed;
        return moved;
    }

    private static void clear(ByteBuffer part) {
        part.put(0, new byte[part.capacity()]);
    }

    public QueueLayout layout() {
        return layout;
    }

    /** Descriptors that no chain holds. */
    public int free() {
        return freeCount;
    }

    /** Writes a descriptor, whatever it says. */
    public void descriptor(int index, long address, long length, int flags, int next) {
        descriptors.putLong(index * 16, address);
        descriptors.putInt(index * 16 + 8, (int) length);
        descriptors.putShort(index * 16 + 12, (short) flags);
        descriptors.putShort(index * 16 + 14, (short) next);
    }

    /**
     * Builds a chain out of free descriptors and makes it available; tells nobody.
     *
     * @param buffers address and length of each, the readable ones first
     * @param readable how many are readable
     * @return the head
     */
    public int post(int readable, long... buffers) {
        int count = buffers.length / 2;
        if (count == 0 || count > freeCount) {
            throw new IllegalStateException(count + " descriptors wanted, " + freeCount + " free");
        }
        int head = freeHead;
        int at = head;
        for (int i = 0; i < count; i++) {
            int next = descriptors.getShort(at * 16 + 14) & 0xFFFF;
            int flags = (i < readable ? 0 : F_WRITE) | (i < count - 1 ? F_NEXT : 0);
            descriptor(at, buffers[2 * i], buffers[2 * i + 1], flags, next);
            at = next;
        }
        freeHead = at;
        freeCount -= count;
        publish(head);
        return head;
    }

    /** Makes a head available as it is. */
    public void publish(int head) {
        available.putShort(ENTRIES + 2 * (nextAvailable & layout.size() - 1), (short) head);
        nextAvailable = nextAvailable + 1 & 0xFFFF;
        availableIndex(nextAvailable);
    }

    /** Writes the available index, whatever it says. */
    public void availableIndex(int index) {
        VarHandle.releaseFence();
        available.putShort(2, (short) index);
    }

    /** Writes the available ring's flags. */
    public void availableFlags(int flags) {
        available.putShort(0, (short) flags);
    }

    /** Asks to hear when the used index moves beyond this. */
    public void usedEvent(int index) {
        available.putShort(ENTRIES + 2 * layout.size(), (short) index);
    }

    /** Whether the device wants to hear of what was published since the last call. */
    public boolean needsKick() {
        VarHandle.fullFence();
        int before = kicked;
        kicked = nextAvailable;
        if (eventIdx) {
            int event = used.getShort(ENTRIES + 8 * layout.size()) & 0xFFFF;
            return (nextAvailable - event - 1 & 0xFFFF) < (nextAvailable - before & 0xFFFF);
        }
        return (used.getShort(0) & 1) == 0;
    }

    /** The used index as it is. */
    public int usedIndex() {
        int index = used.getShort(2) & 0xFFFF;
        VarHandle.acquireFence();
        return index;
    }

    /** Whether there is a used buffer that was not taken. */
    public boolean hasUsed() {
        return usedIndex() != seenUsed;
    }

    /** The head that {@link #takeUsed} will take. */
    public int usedHead() {
        return used.getInt(ENTRIES + 8 * (seenUsed & layout.size() - 1));
    }

    /**
     * Takes a used buffer, frees its descriptors and asks to hear of the next.
     *
     * @return the bytes that the device says it wrote
     */
    public long takeUsed() {
        if (!hasUsed()) {
            throw new IllegalStateException("nothing is used");
        }
        int entry = ENTRIES + 8 * (seenUsed & layout.size() - 1);
        int head = used.getInt(entry);
        long length = used.getInt(entry + 4) & 0xFFFF_FFFFL;
        free(head);
        seenUsed = seenUsed + 1 & 0xFFFF;
        usedEvent(seenUsed);
        return length;
    }

    /** Takes a used buffer and lets its descriptors as they are, to {@link #publish} the chain again. */
    public void takeUsedAndKeep() {
        seenUsed = seenUsed + 1 & 0xFFFF;
        usedEvent(seenUsed);
    }

    private void free(int head) {
        int at = head;
        freeCount++;
        while ((descriptors.getShort(at * 16 + 12) & F_NEXT) != 0) {
            at = descriptors.getShort(at * 16 + 14) & 0xFFFF;
            freeCount++;
        }
        descriptors.putShort(at * 16 + 14, (short) freeHead);
        freeHead = head;
    }
}
