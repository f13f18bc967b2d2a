package dev.jvmm.virtio.net;

/**
 * {@code struct virtio_net_hdr} with {@code num_buffers}, little-endian, in front of each frame.
 *
 * <pre>
 *   0 flags   1 gso_type   2 hdr_len   4 gso_size   6 csum_start   8 csum_offset   10 num_buffers   12 frame
 * </pre>
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1.6; linux/virtio_net.h
 */
public final class NetHeader {
    /** Bytes. */
    public static final int SIZE = 12;

    /** Offsets of the fields; all but the first two have 16 bits. */
    public static final int FLAGS = 0;

    public static final int GSO_TYPE = 1;
    public static final int HDR_LEN = 2;
    public static final int GSO_SIZE = 4;
    public static final int CSUM_START = 6;
    public static final int CSUM_OFFSET = 8;
    public static final int NUM_BUFFERS = 10;

    /** Flag: the checksum from csum_start on is to be put at csum_offset behind that. */
    public static final int F_NEEDS_CSUM = 1;

    /** Flag, towards the guest: the checksum was looked at and is right. */
    public static final int F_DATA_VALID = 2;

    /** Values of gso_type. */
    public static final int GSO_NONE = 0;

    public static final int GSO_TCPV4 = 1;
    public static final int GSO_UDP = 3;
    public static final int GSO_TCPV6 = 4;
    public static final int GSO_UDP_L4 = 5;

    /** In addition to a TCP type: the segments have ECN set. */
    public static final int GSO_ECN = 0x80;

    /** Bytes of an Ethernet header without VLAN tag. */
    public static final int ETHERNET = 14;

    /** Bytes of a VLAN tag. */
    public static final int VLAN_TAG = 4;

    /** The most bytes of header and frame (5.1.6.3): Ethernet, VLAN tag, IPv6 header and the most that this can carry. */
    public static final int MOST = SIZE + ETHERNET + VLAN_TAG + 40 + 65_535;

    private NetHeader() {}
}
