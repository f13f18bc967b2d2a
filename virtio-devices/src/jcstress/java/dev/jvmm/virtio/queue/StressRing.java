package dev.jvmm.virtio.queue;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.testing.MockRing;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A queue of four descriptors with both of its ends, and a buffer. jcstress makes thousands before it lets two threads loose on each; all
 * lie in one guest memory, whose places are used again when they are long done with.
 */
public final class StressRing {
    private static final int SIZE = 4;
    private static final int BUFFER = 128;
    private static final int PLACE = 256;
    private static final long BYTES = 16 << 20;

    /** Free for the test: the last 64 bytes of the place. */
    private static final int SPARE = 192;

    private static final GuestRam RAM = new GuestRam(GuestMemory.allocate(MemoryOptions.ofSize(BYTES)));
    private static final AtomicInteger NEXT = new AtomicInteger();

    /** The driver's end. */
    public final MockRing driver;

    /** The device's end. */
    public final Virtqueue device;

    /** For chains that the device takes. */
    public final DescriptorChain chain = new DescriptorChain();

    /** Guest-physical address of 64 bytes, zero at first. */
    public final long buffer;

    /** An empty ring, with or without VIRTIO_F_EVENT_IDX, whose device tells the listener of used buffers. */
    public StressRing(boolean eventIdx, UsedListener listener) {
        long place = (NEXT.getAndIncrement() & BYTES / PLACE - 1) * PLACE;
        QueueLayout layout = new QueueLayout(SIZE, place, place + 64, place + 80);
        driver = new MockRing(RAM.memory(), layout, eventIdx);
        device = new Virtqueue(0, RAM, layout, SIZE, eventIdx, false, listener);
        buffer = place + BUFFER;
        for (int at = BUFFER; at < PLACE; at += Long.BYTES) {
            RAM.putInt64(place + at, 0);
        }
    }

    /** What the driver or the device puts into the buffer. */
    public void write(int value) {
        RAM.putInt32(buffer, value);
    }

    /** What is in the buffer. */
    public int read() {
        return RAM.int32(buffer);
    }

    GuestRam ram() {
        return RAM;
    }

    long spare() {
        return buffer + SPARE - BUFFER;
    }
}
