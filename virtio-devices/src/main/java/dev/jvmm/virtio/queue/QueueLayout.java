package dev.jvmm.virtio.queue;

/**
 * Where a queue lies, as the driver said when it made the queue ready.
 *
 * @param size descriptors: a power of two
 * @param descriptors guest-physical address of the descriptor table (the descriptor area)
 * @param available guest-physical address of the available ring (the driver area)
 * @param used guest-physical address of the used ring (the device area)
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.7
 */
public record QueueLayout(int size, long descriptors, long available, long used) {
    /** The largest queue there can be: available indexes have 16 bits, and full has to look unlike empty. */
    public static final int MAX_SIZE = 32768;

    static final int DESCRIPTOR_SIZE = 16;
    static final int DESCRIPTOR_ADDRESS = 0;

    /** Length, flags and next in one word, which is read once: see {@link #length}, {@link #flags}, {@link #next}. */
    static final int DESCRIPTOR_REST = 8;

    static final int F_NEXT = 1;
    static final int F_WRITE = 2;
    static final int F_INDIRECT = 4;

    /** Both rings begin with flags and index; their entries follow, then the other side's event index. */
    static final int RING_FLAGS = 0;

    static final int RING_INDEX = 2;
    static final int RING_ENTRIES = 4;
    static final int AVAILABLE_ENTRY = 2;
    static final int USED_ENTRY = 8;
    static final int USED_LENGTH = 4;
    static final int AVAILABLE_F_NO_INTERRUPT = 1;

    private static final int RING_FRAME = 6;
    private static final int FLAGS_SHIFT = 32;
    private static final int NEXT_SHIFT = 48;

    static long length(long rest) {
        return rest & 0xFFFF_FFFFL;
    }

    static int flags(long rest) {
        return (int) (rest >>> FLAGS_SHIFT) & 0xFFFF;
    }

    static int next(long rest) {
        return (int) (rest >>> NEXT_SHIFT);
    }

    /** Bytes of the descriptor table. */
    public int descriptorBytes() {
        return DESCRIPTOR_SIZE * size;
    }

    /** Bytes of the available ring, its event index included. */
    public int availableBytes() {
        return RING_FRAME + AVAILABLE_ENTRY * size;
    }

    /** Bytes of the used ring, its event index included. */
    public int usedBytes() {
        return RING_FRAME + USED_ENTRY * size;
    }

    int usedEvent() {
        return RING_ENTRIES + AVAILABLE_ENTRY * size;
    }

    int availableEvent() {
        return RING_ENTRIES + USED_ENTRY * size;
    }

    /**
     * Complains unless a device can use the queue: its parts are aligned and each lies in one piece of RAM.
     *
     * @param most the device's own limit, at most {@link #MAX_SIZE}
     * @throws VirtioException saying what is wrong
     */
    public void check(GuestRam ram, int most) {
        if (size < 1 || size > most || Integer.bitCount(size) != 1) {
            throw new VirtioException("its size of " + size + " is not a power of two up to " + most);
        }
        checkPart("descriptor table", ram, descriptors, descriptorBytes(), 16);
        checkPart("available ring", ram, available, availableBytes(), 2);
        checkPart("used ring", ram, used, usedBytes(), 4);
    }

    private static void checkPart(String part, GuestRam ram, long address, int bytes, int alignment) {
        if ((address & alignment - 1) != 0) {
            throw new VirtioException(
                    "its " + part + " at 0x" + Long.toHexString(address) + " is not aligned to " + alignment);
        }
        if (!ram.isRam(address, bytes)) {
            throw new VirtioException("its " + part + " of " + bytes + " bytes at 0x" + Long.toHexString(address)
                    + " is not RAM");
        }
    }
}
