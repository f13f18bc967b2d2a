package dev.jvmm.virtio.ninep;

/**
 * Numbers of the device and, as far as the transport looks at them, of the protocol.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.18 has no more than the number; the rest is Linux's
 *       include/uapi/linux/virtio_9p.h and include/net/9p/9p.h
 */
final class NinepSpec {
    /** Virtio's number for 9P transports. */
    static final int DEVICE_ID = 9;

    /** The configuration space has a tag. */
    static final long F_MOUNT_TAG = 1;

    /** {@code struct virtio_9p_config}: the tag's length in 16 bits, the tag. */
    static final int CONFIG_TAG_LENGTH = 0;

    static final int CONFIG_TAG = 2;

    /** A message begins with its length, type and tag. */
    static final int HEADER_SIZE = 7;

    static final int HEADER_TYPE = 4;
    static final int HEADER_TAG = 5;

    /** Agrees on the longest message, which follows the header, and on the dialect. */
    static final int T_VERSION = 100;

    static final int VERSION_MSIZE = HEADER_SIZE;
    static final int VERSION_SIZE = 13;

    /** Asks to drop a request, whose tag follows the header. */
    static final int T_FLUSH = 108;

    static final int FLUSH_TAG = HEADER_SIZE;
    static final int FLUSH_SIZE = 9;

    private NinepSpec() {}
}
