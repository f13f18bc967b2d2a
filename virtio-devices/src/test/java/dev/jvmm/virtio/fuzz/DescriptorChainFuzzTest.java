package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rings and descriptor tables of any content. The first byte chooses features, the next 16 bits the available index; the rest lies where
 * the rings and one indirect table are.
 */
class DescriptorChainFuzzTest {
    private static final int SIZE = 16;
    private static final long MEMORY = 1 << 20;

    /** Rings and table lie in the same 1,024 bytes: descriptors, available ring, indirect table. The used ring lies apart. */
    private static final QueueLayout LAYOUT = new QueueLayout(SIZE, 0x1000, 0x1100, 0x2000);

    private static final int AREA = 0x400;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(MEMORY));
    private final GuestRam ram = new GuestRam(memory);
    private final ByteBuffer area = memory.view(LAYOUT.descriptors(), AREA);
    private final ByteBuffer used = memory.view(LAYOUT.used(), LAYOUT.usedBytes());
    private final byte[] bytes = new byte[256];
    private final ByteBuffer vectors = ByteBuffer.allocateDirect(SIZE * DescriptorChain.IOVEC_SIZE)
            .order(ByteOrder.nativeOrder());
    private final DescriptorChain chain = new DescriptorChain();

    @FuzzTest(maxDuration = "10m")
    void anyRing(byte[] input) {
        if (input.length < 3) {
            return;
        }
        for (int i = 0; i < AREA; i++) {
            area.put(i, i + 3 < input.length ? input[i + 3] : 0);
        }
        for (int i = 0; i < used.capacity(); i++) {
            used.put(i, (byte) 0);
        }
        area.putShort(0x102, (short) (input[1] & 0xFF | input[2] << 8));
        Virtqueue queue = new Virtqueue(0, ram, LAYOUT, SIZE, (input[0] & 1) != 0, (input[0] & 2) != 0, () -> {});
        int taken = 0;
        try {
            while (queue.next(chain)) {
                boolean writes = (input[0] & 4) != 0;
                if (++taken > SIZE) {
                    if (!writes) {
                        throw new AssertionError("more chains than the queue holds");
                    }
                    return; // buffers over the available ring: what the device writes there makes more chains available
                }
                use(writes);
                if ((input[0] & 8) != 0 || taken % 2 == 0) {
                    queue.completeAndFlush(chain, chain.writableLength());
                } else {
                    chain.abandon();
                }
            }
        } catch (VirtioException e) {
            // a lie, found
        } finally {
            chain.abandon();
        }
    }

    private void use(boolean write) {
        if (chain.pieces() > SIZE) {
            throw new AssertionError("a chain of " + chain.pieces());
        }
        long length = 0;
        for (int i = 0; i < chain.pieces(); i++) {
            length += chain.length(i);
            if (!ram.contains(chain.address(i), chain.length(i))) {
                throw new AssertionError("outside RAM");
            }
        }
        if (length != chain.readableLength() + chain.writableLength()) {
            throw new AssertionError("lengths");
        }
        int some = (int) Math.min(bytes.length, chain.readableLength());
        chain.read(chain.readableLength() - some, bytes, 0, some);
        chain.readableVectors(0, chain.readableLength(), vectors);
        chain.writableVectors(0, chain.writableLength(), vectors);
        if (write) {
            int room = (int) Math.min(bytes.length, chain.writableLength());
            chain.write(chain.writableLength() - room, bytes, 0, room);
        }
    }
}
