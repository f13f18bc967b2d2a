package dev.jvmm.virtio.net;

import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.util.Optional;

/**
 * The host's side of a network device. Called with the device's lock held, as {@link dev.jvmm.virtio.VirtioDevice} says; never blocks.
 *
 * <p>All frames begin with the {@link NetHeader}, in both directions. Nothing in a frame of the guest's can be relied on: the guest may
 * change the bytes while they are read.
 */
public interface NetBackend extends AutoCloseable {
    /** What the host's side can do, among {@link NetFeature#OFFLOADS}; the same at all times after {@link #attach}. */
    long features();

    /** The most queue pairs, 1 or more; the same at all times. */
    int pairs();

    /**
     * Gets to know its surroundings. Once, before anything else but {@link #pairs}. Frames that come before the first {@link #configure}
     * are dropped or wait in the host's queue, which is bounded.
     */
    void attach(VirtioHost host, NetListener listener);

    /**
     * The driver is ready, or has changed its mind about offloads or the number of queues.
     *
     * @param features what was negotiated; of {@link NetFeature#GUEST_OFFLOADS} those in force
     * @param pairs in use from now on, 1 or more: nothing is received for the others
     */
    void configure(long features, int pairs);

    /**
     * Sends the readable part of a chain: a header and an Ethernet frame, together 26 to {@link NetHeader#MOST} bytes. The chain stays
     * the caller's, and its bytes are the driver's again when this returns.
     *
     * @return 0 or more when it was sent; {@code -EAGAIN} when there is no room now, and {@link NetListener#writable} will tell, once;
     *     another negated errno when this frame is lost
     */
    int send(int pair, DescriptorChain frame);

    /**
     * Takes the next frame for the guest.
     *
     * @param room overwritten from its start
     * @return bytes, header included; 0 when there is none now, and {@link NetListener#readable} will tell of one; a negated errno when a
     *     frame was lost, and there may be others
     */
    int receive(int pair, ReceiveRoom room);

    /**
     * Nothing will be received for now, as the guest has no buffers: the backend must neither cost time nor call {@link
     * NetListener#readable} for this pair until {@link #receive} is called again.
     */
    void pauseReceive(int pair);

    /** A way past this process, where there is one; the same at all times after {@link #attach}. */
    default Optional<KernelPath> kernelPath() {
        return Optional.empty();
    }

    /** The guest's driver is gone. As after {@link #attach}. */
    void reset();

    /** As {@link dev.jvmm.virtio.VirtioDevice#close}: once, the lock is <em>not</em> held. */
    @Override
    void close();
}
