package dev.jvmm.virtio.net;

/**
 * What has passed through a network device since it was made, or since the machine was that it was restored from. Directions are the
 * guest's; bytes are those of frames, without the {@link NetHeader}.
 *
 * @param receivedFrames given to the driver
 * @param receivedBytes of these
 * @param receivedDropped lost on the way to the driver: the host had lost them, or the driver had no place for them
 * @param receivedFiltered that the driver did not want, by address or VLAN
 * @param sentFrames that the backend took
 * @param sentBytes of these
 * @param sentDropped the driver's that were not sent: a header that lies, no link, or the host refused them
 */
public record NetStatistics(long receivedFrames, long receivedBytes, long receivedDropped, long receivedFiltered,
        long sentFrames, long sentBytes, long sentDropped) {}
