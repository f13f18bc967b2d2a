package dev.jvmm.virtio.entropy;

import dev.jvmm.event.Timer;
import dev.jvmm.state.Stateless;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * virtio-rng. A request gets at most {@value #MOST_BYTES} bytes, however long its buffer is, so no guest makes the host allocate or work
 * without bound; drivers ask again for more.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.4
 */
public final class EntropyDevice implements VirtioDevice, Stateless {
    /** The device ID. */
    public static final int TYPE = 4;

    /** The most bytes that one request gets. */
    public static final int MOST_BYTES = 4096;

    private static final int QUEUE_SIZE = 64;
    private static final long NANOS = 1_000_000_000;

    /** Bytes drawn from the source at once. */
    private static final int BLOCK = 512;

    private final EntropyConfig config;
    private final EntropySource source;
    private final LongSupplier clock;
    private final ConfigSpace space = new ConfigSpace(0);
    private final DescriptorChain chain = new DescriptorChain();
    private final byte[] block = new byte[BLOCK];
    private VirtioHost host;
    private Timer refill;
    private Virtqueue queue;

    /** What may be given now, and when that was worked out. */
    private long allowance;

    private long worked;

    /** A device with the host's randomness. */
    public EntropyDevice(EntropyConfig config) {
        this(config, EntropySource.ofHost(), new LongSupplier() { // a lambda's class would be generated at the start
            @Override
            public long getAsLong() {
                return System.nanoTime();
            }
        });
    }

    /** A device with its source and its clock, in nanoseconds. */
    EntropyDevice(EntropyConfig config, EntropySource source, LongSupplier clock) {
        this.config = config;
        this.source = source;
        this.clock = clock;
        allowance = config.burst();
        worked = clock.getAsLong();
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "entropy";
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queues() {
        return 1;
    }

    @Override
    public int queueSize(int index) {
        return QUEUE_SIZE;
    }

    @Override
    public ConfigSpace config() {
        return space;
    }

    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
        refill = surroundings.timer(new Runnable() {
            @Override
            public void run() {
                serve();
            }
        });
    }

    @Override
    public void activate(long features, List<Virtqueue> queues) {
        queue = queues.getFirst();
    }

    @Override
    public void notified(int index) {
        serve();
    }

    private void serve() {
        if (queue == null) {
            return;
        }
        int budget = QUEUE_SIZE;
        while (mayGive() && queue.next(chain)) {
            if (chain.readableLength() > 0) {
                throw new VirtioException("a device-readable buffer in a request for entropy");
            }
            queue.complete(chain, fill());
            if (--budget == 0) {
                host.again(0);
                break;
            }
        }
        queue.flush();
    }

    /** 5.4.6.2: one byte at least, where there is room for one. */
    private long fill() {
        long length = Math.min(MOST_BYTES, chain.writableLength());
        if (config.bytesPerSecond() > 0) {
            length = Math.min(length, allowance);
            allowance -= length;
        }
        for (int done = 0; done < length; done += BLOCK) {
            source.fill(block);
            chain.write(done, block, 0, (int) Math.min(BLOCK, length - done));
        }
        return length;
    }

    /** Whether there is a byte to give; if not, the timer is set for the time when there is. */
    private boolean mayGive() {
        if (config.bytesPerSecond() == 0) {
            return true;
        }
        long now = clock.getAsLong();
        long nanos = Math.clamp(now - worked, 0, 3600 * NANOS);
        long earned = (long) ((double) nanos * config.bytesPerSecond() / NANOS);
        if (earned > 0) {
            allowance = Math.min(config.burst(), allowance + earned);
            worked = now;
        }
        if (allowance == 0) {
            refill.schedule(Math.max(1, NANOS / config.bytesPerSecond()) * Math.min(config.burst(), BLOCK));
        }
        return allowance > 0;
    }

    @Override
    public void reset() {
        refill.cancel();
        queue = null;
    }

    @Override
    public void close() {
        refill.close();
    }
}
