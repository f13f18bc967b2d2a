package dev.jvmm.virtio.net;

import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;

/**
 * Which headers go with what was negotiated. A frame of the driver's whose header does not is not sent; that says nothing to the backend,
 * as the driver may write another header a moment later. Guarded by the device's lock.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1.6.2, 5.1.6.4
 */
final class HeaderRules {
    /** What to do with a received frame. */
    static final int DELIVER = 0;

    static final int CLEAR_FLAGS = 1;
    static final int DROP = 2;

    private static final int BYTE = 0xFF;
    private static final int TCP = 1 << NetHeader.GSO_TCPV4 | 1 << NetHeader.GSO_TCPV6;
    private static final int CHECKSUM = 2;

    private boolean sendChecksum;
    private int sendTypes;
    private boolean sendEcn;
    private boolean receiveChecksum;
    private int receiveTypes;
    private boolean receiveEcn;

    /** @param features what is in force */
    void begin(long features) {
        sendChecksum = (features & NetFeature.CSUM) != 0;
        sendEcn = (features & NetFeature.HOST_ECN) != 0;
        sendTypes = type(features, NetFeature.HOST_TSO4, NetHeader.GSO_TCPV4)
                | type(features, NetFeature.HOST_TSO6, NetHeader.GSO_TCPV6)
                | type(features, NetFeature.HOST_UFO, NetHeader.GSO_UDP)
                | type(features, NetFeature.HOST_USO, NetHeader.GSO_UDP_L4);
        receiveChecksum = (features & NetFeature.GUEST_CSUM) != 0;
        receiveEcn = (features & NetFeature.GUEST_ECN) != 0;
        receiveTypes = type(features, NetFeature.GUEST_TSO4, NetHeader.GSO_TCPV4)
                | type(features, NetFeature.GUEST_TSO6, NetHeader.GSO_TCPV6)
                | type(features, NetFeature.GUEST_UFO, NetHeader.GSO_UDP)
                | type(features, NetFeature.GUEST_USO4 | NetFeature.GUEST_USO6, NetHeader.GSO_UDP_L4);
    }

    private static int type(long features, long feature, int type) {
        return (features & feature) == 0 ? 0 : 1 << type;
    }

    /**
     * Whether to send a frame. hdr_len is a hint that nobody relies on, and flags that are not known are ignored (5.1.6.2.2).
     *
     * @throws VirtioException when the chain has no header, or buffers to write to
     */
    boolean allowsSending(DescriptorChain chain) {
        long length = chain.readableLength();
        if (length < NetHeader.SIZE || chain.writableLength() > 0) {
            throw new VirtioException("a transmit buffer of a network device with " + length + " readable and "
                    + chain.writableLength() + " writable bytes");
        }
        if (length < NetHeader.SIZE + NetHeader.ETHERNET || length > NetHeader.MOST) {
            return false;
        }
        long head = chain.int64(0);
        boolean checksum = (head & NetHeader.F_NEEDS_CSUM) != 0;
        if (checksum) {
            long start = head >>> Byte.SIZE * NetHeader.CSUM_START;
            long end = start + chain.int16(NetHeader.CSUM_OFFSET) + CHECKSUM;
            if (!sendChecksum || end > length - NetHeader.SIZE) {
                return false;
            }
        }
        int type = (int) (head >>> Byte.SIZE * NetHeader.GSO_TYPE) & BYTE;
        int size = (int) (head >>> Byte.SIZE * NetHeader.GSO_SIZE) & 0xFFFF;
        return type == NetHeader.GSO_NONE || checksum && size > 0 && allows(type, sendTypes, sendEcn);
    }

    private static boolean allows(int type, int types, boolean ecn) {
        int bare = type & ~NetHeader.GSO_ECN;
        boolean known = bare <= NetHeader.GSO_UDP_L4 && (types >> bare & 1) != 0;
        return known && (bare == type || ecn && (TCP >> bare & 1) != 0);
    }

    /**
     * What to do with a frame from the backend, which may be older than what the driver agreed to now.
     *
     * @param head the header's first eight bytes
     */
    int onReceiving(long head) {
        int type = (int) (head >>> Byte.SIZE * NetHeader.GSO_TYPE) & BYTE;
        if (type != NetHeader.GSO_NONE && !allows(type, receiveTypes, receiveEcn)) {
            return DROP;
        }
        int flags = (int) head & BYTE;
        if (flags == 0 || receiveChecksum) {
            return DELIVER;
        }
        return (flags & NetHeader.F_NEEDS_CSUM) != 0 ? DROP : CLEAR_FLAGS;
    }
}
