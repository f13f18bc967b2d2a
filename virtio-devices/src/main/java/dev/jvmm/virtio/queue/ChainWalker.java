package dev.jvmm.virtio.queue;

import java.nio.ByteBuffer;

/**
 * Follows chains through a queue's descriptor table and the tables that it names, reading each descriptor once. Guarded as its queue is.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.7.5
 */
final class ChainWalker {
    /** The queue's number, for messages. */
    private final int index;

    private final GuestRam ram;
    private final ByteBuffer descriptors;
    private final int size;
    private final boolean indirect;

    ChainWalker(int index, GuestRam ram, ByteBuffer descriptors, boolean indirect) {
        this.index = index;
        this.ram = ram;
        this.descriptors = descriptors;
        this.size = descriptors.capacity() / QueueLayout.DESCRIPTOR_SIZE;
        this.indirect = indirect;
    }

    /**
     * Fills a chain from its head on.
     *
     * @throws VirtioException when the driver lied
     */
    void walk(DescriptorChain chain, int head) {
        chain.begin(ram, head);
        int budget = size;
        int at = head;
        while (true) {
            if (at >= size) {
                throw new VirtioException("queue " + index + ": a chain goes on at descriptor " + at + " of " + size);
            }
            if (budget-- == 0) {
                throw new VirtioException("queue " + index + ": a chain of more than " + size + " descriptors");
            }
            int offset = at * QueueLayout.DESCRIPTOR_SIZE;
            long address = descriptors.getLong(offset + QueueLayout.DESCRIPTOR_ADDRESS);
            long rest = descriptors.getLong(offset + QueueLayout.DESCRIPTOR_REST);
            long length = QueueLayout.length(rest);
            int flags = QueueLayout.flags(rest);
            if ((flags & QueueLayout.F_INDIRECT) != 0) {
                if (!indirect || (flags & QueueLayout.F_NEXT) != 0) {
                    throw new VirtioException("queue " + index + ": an indirect descriptor "
                            + (indirect ? "with a next one" : "without VIRTIO_F_INDIRECT_DESC"));
                }
                walkTable(chain, address, length, budget + 1);
                return;
            }
            if (length > 0) {
                chain.add(address, length, (flags & QueueLayout.F_WRITE) != 0);
            }
            if ((flags & QueueLayout.F_NEXT) == 0) {
                return;
            }
            at = QueueLayout.next(rest);
        }
    }

    /** 2.7.5.3: one table, which is not nested; the chain is still no longer than the queue. The descriptor of the table does not count. */
    private void walkTable(DescriptorChain chain, long table, long bytes, int most) {
        if (bytes == 0 || bytes % QueueLayout.DESCRIPTOR_SIZE != 0 || !ram.isRam(table, bytes)) {
            throw new VirtioException("queue " + index + ": an indirect table of " + bytes + " bytes at 0x"
                    + Long.toHexString(table) + (bytes == 0 || bytes % 16 != 0 ? "" : ", which is not RAM"));
        }
        long entries = bytes / QueueLayout.DESCRIPTOR_SIZE;
        int budget = most;
        int at = 0;
        while (true) {
            if (at >= entries) {
                throw new VirtioException(
                        "queue " + index + ": a chain goes on at descriptor " + at + " of an indirect table of "
                                + entries);
            }
            if (budget-- == 0) {
                throw new VirtioException("queue " + index + ": a chain of more than " + size + " descriptors");
            }
            long entry = table + (long) at * QueueLayout.DESCRIPTOR_SIZE;
            long address = ram.int64(entry + QueueLayout.DESCRIPTOR_ADDRESS);
            long rest = ram.int64(entry + QueueLayout.DESCRIPTOR_REST);
            long length = QueueLayout.length(rest);
            int flags = QueueLayout.flags(rest);
            if ((flags & QueueLayout.F_INDIRECT) != 0) {
                throw new VirtioException("queue " + index + ": an indirect descriptor in an indirect table");
            }
            if (length > 0) {
                chain.add(address, length, (flags & QueueLayout.F_WRITE) != 0);
            }
            if ((flags & QueueLayout.F_NEXT) == 0) {
                return;
            }
            at = QueueLayout.next(rest);
        }
    }
}
