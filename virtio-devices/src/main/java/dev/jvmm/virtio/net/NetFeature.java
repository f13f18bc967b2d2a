package dev.jvmm.virtio.net;

/**
 * The feature bits of network devices, as masks.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1.3
 */
public final class NetFeature {
    /** The device takes frames whose checksum is not complete. */
    public static final long CSUM = 1L;

    /** The driver takes frames whose checksum is not complete. */
    public static final long GUEST_CSUM = 1L << 1;

    /** The driver switches its offloads through the control queue. */
    public static final long CTRL_GUEST_OFFLOADS = 1L << 2;

    /** The device says what the MTU is. */
    public static final long MTU = 1L << 3;

    /** The device says what its address is. */
    public static final long MAC = 1L << 5;

    /** The driver takes TCP over IPv4 that is not cut into segments; and so on. */
    public static final long GUEST_TSO4 = 1L << 7;

    public static final long GUEST_TSO6 = 1L << 8;
    public static final long GUEST_ECN = 1L << 9;
    public static final long GUEST_UFO = 1L << 10;

    /** The device takes TCP over IPv4 that is not cut into segments; and so on. */
    public static final long HOST_TSO4 = 1L << 11;

    public static final long HOST_TSO6 = 1L << 12;
    public static final long HOST_ECN = 1L << 13;
    public static final long HOST_UFO = 1L << 14;

    /** A received frame may take several buffers. */
    public static final long MRG_RXBUF = 1L << 15;

    /** The configuration has a status. */
    public static final long STATUS = 1L << 16;

    /** There is a control queue, and what it is for. */
    public static final long CTRL_VQ = 1L << 17;

    public static final long CTRL_RX = 1L << 18;
    public static final long CTRL_VLAN = 1L << 19;
    public static final long CTRL_RX_EXTRA = 1L << 20;
    public static final long GUEST_ANNOUNCE = 1L << 21;
    public static final long MQ = 1L << 22;
    public static final long CTRL_MAC_ADDR = 1L << 23;

    /** The driver takes UDP that is not cut into datagrams. */
    public static final long GUEST_USO4 = 1L << 54;

    public static final long GUEST_USO6 = 1L << 55;

    /** The device takes UDP that is not cut into datagrams. */
    public static final long HOST_USO = 1L << 56;

    /** The device says how fast it is. */
    public static final long SPEED_DUPLEX = 1L << 63;

    /** What a driver may take off the host, if the backend lets it. */
    public static final long GUEST_OFFLOADS = GUEST_CSUM | GUEST_TSO4 | GUEST_TSO6 | GUEST_ECN | GUEST_UFO | GUEST_USO4
            | GUEST_USO6;

    /** What a backend may take off the driver. */
    public static final long HOST_OFFLOADS = CSUM | HOST_TSO4 | HOST_TSO6 | HOST_ECN | HOST_UFO | HOST_USO;

    /** Every bit that is a backend's to decide on. */
    public static final long OFFLOADS = GUEST_OFFLOADS | HOST_OFFLOADS;

    private static final long NEED_GUEST_CSUM = GUEST_TSO4 | GUEST_TSO6 | GUEST_UFO | GUEST_USO4 | GUEST_USO6;
    private static final long NEED_CSUM = HOST_TSO4 | HOST_TSO6 | HOST_UFO | HOST_USO;
    private static final long NEED_CTRL_VQ = CTRL_RX | CTRL_VLAN | GUEST_ANNOUNCE | MQ | CTRL_MAC_ADDR;

    private NetFeature() {}

    /** 5.1.3.1: whether no bit is there without the one that it requires. */
    public static boolean consistent(long features) {
        return needs(features, NEED_GUEST_CSUM, GUEST_CSUM) && needs(features, GUEST_ECN, GUEST_TSO4 | GUEST_TSO6)
                && needs(features, NEED_CSUM, CSUM) && needs(features, HOST_ECN, HOST_TSO4 | HOST_TSO6)
                && needs(features, NEED_CTRL_VQ, CTRL_VQ);
    }

    /** Any of some bits needs any of others. */
    private static boolean needs(long features, long these, long those) {
        return (features & these) == 0 || (features & those) != 0;
    }
}
