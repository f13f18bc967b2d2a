package dev.jvmm.virtio;

/**
 * Feature bits that belong to no kind of device, as masks.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 6
 */
public final class VirtioFeature {
    /** VIRTIO_F_INDIRECT_DESC. */
    public static final long INDIRECT_DESC = 1L << 28;

    /** VIRTIO_F_EVENT_IDX. */
    public static final long EVENT_IDX = 1L << 29;

    /** VIRTIO_F_VERSION_1: the driver has to accept it, since there is no legacy interface. */
    public static final long VERSION_1 = 1L << 32;

    /** VIRTIO_F_ACCESS_PLATFORM: never offered, as addresses are guest-physical and no IOMMU stands between. */
    public static final long ACCESS_PLATFORM = 1L << 33;

    /** What the transport and the queues do for every device. */
    public static final long COMMON = VERSION_1 | EVENT_IDX | INDIRECT_DESC;

    /** The bits that a kind of device may define for itself: 0 to 23 and 50 to 63 (2.2). */
    public static final long DEVICE_BITS = 0xFFFC_0000_00FF_FFFFL;

    private VirtioFeature() {}
}
