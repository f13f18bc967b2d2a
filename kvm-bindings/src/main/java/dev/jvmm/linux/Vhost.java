package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Half a virtio device in the kernel: it takes buffers of rings in this process's memory and fills or sends them, on a thread of its own.
 * It reaches the memory that {@link #memory} names and the rings, and nothing else. Rings have numbers from 0 on.
 *
 * @spec https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi/linux/vhost.h linux/vhost.h
 */
public final class Vhost extends FileDescriptor {
    /** Moves frames between a receive ring (0), a transmit ring (1), and a TAP or macvtap. */
    public static final String NET = "/dev/vhost-net";

    /** Connects the rings of a socket device with AF_VSOCK: what the guest receives (0), what it sends (1). */
    public static final String VSOCK = "/dev/vhost-vsock";

    /** For {@link #kick}, {@link #call}, {@link #error} and {@link #netBackend}: no descriptor. */
    public static final int VHOST_FILE_UNBIND = -1;

    static final int VHOST_GET_FEATURES = 0x8008_AF00;
    static final int VHOST_SET_FEATURES = 0x4008_AF00;
    static final int VHOST_SET_OWNER = 0xAF01;
    static final int VHOST_SET_MEM_TABLE = 0x4008_AF03;
    static final int VHOST_SET_VRING_NUM = 0x4008_AF10;
    static final int VHOST_SET_VRING_ADDR = 0x4028_AF11;
    static final int VHOST_SET_VRING_BASE = 0x4008_AF12;
    static final int VHOST_GET_VRING_BASE = 0xC008_AF12;
    static final int VHOST_SET_VRING_KICK = 0x4008_AF20;
    static final int VHOST_SET_VRING_CALL = 0x4008_AF21;
    static final int VHOST_SET_VRING_ERR = 0x4008_AF22;
    static final int VHOST_NET_SET_BACKEND = 0x4008_AF30;
    static final int VHOST_VSOCK_SET_GUEST_CID = 0x4008_AF60;
    static final int VHOST_VSOCK_SET_RUNNING = 0x4004_AF61;

    /** {@code struct vhost_memory}: the number of regions, then the regions. */
    static final int VHOST_MEMORY_REGIONS = 8;

    /** {@code struct vhost_memory_region}. */
    static final int VHOST_REGION_SIZE = 32;

    static final int VHOST_REGION_BYTES = 8;
    static final int VHOST_REGION_ADDRESS = 16;

    /** {@code struct vhost_vring_addr}, the largest that is written; the others have an index and a number. */
    static final int VHOST_ADDR_SIZE = 40;

    static final int VHOST_ADDR_DESCRIPTORS = 8;
    static final int VHOST_ADDR_USED = 16;
    static final int VHOST_ADDR_AVAILABLE = 24;

    private final ByteBuffer struct = NativeBuffers.allocate(VHOST_ADDR_SIZE);
    private final long structAddress = NativeBuffers.address(struct);

    private Vhost(int number) {
        super(number);
    }

    /**
     * Opens one that works on this process's memory.
     *
     * @param node {@link #NET} or {@link #VSOCK}
     * @throws SystemCallException {@code ENOENT} where the kernel has no such device
     */
    public static Vhost open(String node) {
        Vhost vhost = new Vhost(openNumber(node, O_RDWR));
        try {
            SystemCallException.check("ioctl(VHOST_SET_OWNER)", vhost.ioctl(VHOST_SET_OWNER, 0));
            return vhost;
        } catch (SystemCallException e) {
            vhost.close();
            throw e;
        }
    }

    private void set(String name, int request) {
        SystemCallException.check(name, ioctl(request, structAddress));
    }

    /** The feature bits of virtio that it knows. */
    public synchronized long features() {
        set("ioctl(VHOST_GET_FEATURES)", VHOST_GET_FEATURES);
        return struct.getLong(0);
    }

    /** Says which features were negotiated; while no ring has a backend. */
    public synchronized void features(long bits) {
        struct.putLong(0, bits);
        set("ioctl(VHOST_SET_FEATURES)", VHOST_SET_FEATURES);
    }

    /**
     * Says what the guest's memory is, all of it.
     *
     * @param starts guest-physical address of each region, in bytes
     * @param sizes bytes of each
     * @param hosts where each lies in this process
     */
    public void memory(long[] starts, long[] sizes, long[] hosts) {
        ByteBuffer table = NativeBuffers.allocate(VHOST_MEMORY_REGIONS + starts.length * VHOST_REGION_SIZE);
        table.putInt(0, starts.length);
        for (int i = 0; i < starts.length; i++) {
            int at = VHOST_MEMORY_REGIONS + i * VHOST_REGION_SIZE;
            table.putLong(at, starts[i]);
            table.putLong(at + VHOST_REGION_BYTES, sizes[i]);
            table.putLong(at + VHOST_REGION_ADDRESS, hosts[i]);
        }
        ioctl("ioctl(VHOST_SET_MEM_TABLE)", VHOST_SET_MEM_TABLE, table);
        Reference.reachabilityFence(table);
    }

    /**
     * Says where a ring lies in this process, while it has no backend.
     *
     * @param size descriptors
     * @param base the place in the available ring to go on from, 0 to 65535
     */
    public synchronized void ring(int ring, int size, int base, long descriptors, long available, long used) {
        pair(ring, size);
        set("ioctl(VHOST_SET_VRING_NUM)", VHOST_SET_VRING_NUM);
        pair(ring, base);
        set("ioctl(VHOST_SET_VRING_BASE)", VHOST_SET_VRING_BASE);
        pair(ring, 0);
        struct.putLong(VHOST_ADDR_DESCRIPTORS, descriptors);
        struct.putLong(VHOST_ADDR_USED, used);
        struct.putLong(VHOST_ADDR_AVAILABLE, available);
        struct.putLong(VHOST_ADDR_SIZE - Long.BYTES, 0);
        set("ioctl(VHOST_SET_VRING_ADDR)", VHOST_SET_VRING_ADDR);
    }

    private void pair(int ring, int value) {
        struct.putInt(0, ring).putInt(Integer.BYTES, value);
    }

    /** The place in the available ring at which it stands, 0 to 65535: all before has been used once the ring has no backend. */
    public synchronized int base(int ring) {
        pair(ring, 0);
        set("ioctl(VHOST_GET_VRING_BASE)", VHOST_GET_VRING_BASE);
        return struct.getInt(Integer.BYTES);
    }

    /** The eventfd that says that the driver made buffers available. */
    public synchronized void kick(int ring, int event) {
        pair(ring, event);
        set("ioctl(VHOST_SET_VRING_KICK)", VHOST_SET_VRING_KICK);
    }

    /** The eventfd to signal when buffers were used and the driver wants to hear of it. */
    public synchronized void call(int ring, int event) {
        pair(ring, event);
        set("ioctl(VHOST_SET_VRING_CALL)", VHOST_SET_VRING_CALL);
    }

    /** The eventfd to signal when the ring, or what it leads to, is not as it has to be. */
    public synchronized void error(int ring, int event) {
        pair(ring, event);
        set("ioctl(VHOST_SET_VRING_ERR)", VHOST_SET_VRING_ERR);
    }

    /**
     * {@link #NET}: begins to work on a ring, or ends it and returns when nobody works on it any more.
     *
     * @param tap the descriptor of a TAP's or macvtap's queue
     */
    public synchronized void netBackend(int ring, int tap) {
        pair(ring, tap);
        set("ioctl(VHOST_NET_SET_BACKEND)", VHOST_NET_SET_BACKEND);
    }

    /** {@link #VSOCK}: the guest's address; {@code EADDRINUSE} when another guest has it. */
    public synchronized void cid(long cid) {
        struct.putLong(0, cid);
        set("ioctl(VHOST_VSOCK_SET_GUEST_CID)", VHOST_VSOCK_SET_GUEST_CID);
    }

    /** {@link #VSOCK}: begins to work on the rings, or ends it. */
    public synchronized void running(boolean wanted) {
        struct.putInt(0, wanted ? 1 : 0);
        set("ioctl(VHOST_VSOCK_SET_RUNNING)", VHOST_VSOCK_SET_RUNNING);
    }
}
