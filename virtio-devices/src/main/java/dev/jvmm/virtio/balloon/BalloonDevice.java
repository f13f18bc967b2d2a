package dev.jvmm.virtio.balloon;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.util.Arrays;
import java.util.List;

/**
 * virtio-balloon: inflates and deflates, tells of the guest's memory, and gives free pages that the guest reports to the host.
 *
 * <p>VIRTIO_BALLOON_F_PAGE_POISON is not offered: a guest that expects values in its free pages does not report them then. Neither is
 * MUST_TELL_HOST: a page that is taken back is there at the first touch.
 *
 * <p>A page that comes back has any content (5.5.6: the device may change it until it has used the request; drivers take it for
 * uninitialized): zeroes in most machines; in a clone, what its own template had there.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.5
 */
public final class BalloonDevice implements VirtioDevice {
    /** The device ID. */
    public static final int TYPE = 5;

    /** Bytes of a page, whatever the guest's page size is. */
    public static final int PAGE = 4096;

    /** Feature bits. */
    public static final long F_STATS_VQ = 1 << 1;

    public static final long F_DEFLATE_ON_OOM = 1 << 2;
    public static final long F_PAGE_REPORTING = 1 << 5;

    static final int CONFIG_NUM_PAGES = 0;
    static final int CONFIG_ACTUAL = 4;
    static final int CONFIG_SIZE = 8;
    static final int INFLATE = 0;
    static final int DEFLATE = 1;
    static final int STATISTICS = 2;
    static final int STATISTIC_SIZE = 10;

    /** The most page numbers in one request, in bytes; Linux sends 1 KiB. Each number may cost a system call. */
    static final int MOST_NUMBERS = 16 << 10;

    private static final int QUEUES = 5;
    private static final int QUEUE_SIZE = 128;
    private static final int PAGE_SHIFT = 12;

    /** Requests in one turn; those of more than a KiB of page numbers count for more. */
    private static final int TURN = 8;

    private static final int TURN_SHIFT = 10;

    /** The most statistics that are looked at. */
    private static final int MOST_STATISTICS = 64;

    private final BalloonConfig config;
    private final PageSink sink;
    private final BalloonListener listener;
    private final ConfigSpace space = new ConfigSpace(CONFIG_SIZE);
    private final DescriptorChain chain = new DescriptorChain();

    /** Stays with the device until statistics are wanted. */
    private final DescriptorChain statistics = new DescriptorChain();

    private boolean holdsStatistics;
    private VirtioHost host;
    private List<Virtqueue> queues = List.of();
    private boolean withStatistics;

    /** A balloon that gives a machine's pages to the host. */
    public BalloonDevice(BalloonConfig config, GuestMemory memory, BalloonListener listener) {
        this(config, new PageSink() { // a lambda's class would be generated at the start
            @Override
            public void discard(long address, long length) {
                memory.discard(address, length);
            }
        }, listener);
    }

    /** A balloon that gives its pages to the sink. */
    BalloonDevice(BalloonConfig config, PageSink sink, BalloonListener listener) {
        this.config = config;
        this.sink = sink;
        this.listener = listener;
        space.putInt32(CONFIG_NUM_PAGES, (int) (config.target() / PAGE));
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "balloon";
    }

    @Override
    public long features() {
        return (config.statistics() ? F_STATS_VQ : 0) | (config.deflateOnOom() ? F_DEFLATE_ON_OOM : 0)
                | (config.reporting() ? F_PAGE_REPORTING : 0);
    }

    @Override
    public int queues() {
        return QUEUES;
    }

    @Override
    public int queueSize(int queue) {
        return QUEUE_SIZE;
    }

    @Override
    public ConfigSpace config() {
        return space;
    }

    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
    }

    @Override
    public void activate(long features, List<Virtqueue> live) {
        queues = live;
        withStatistics = (features & F_STATS_VQ) != 0;
    }

    /**
     * 5.5.2. The reporting queue is number 4, but Linux leaves no gaps for queues that were not negotiated: it takes 3, or 2 without
     * statistics. Nothing else can be meant by those.
     */
    @Override
    public void notified(int index) {
        Virtqueue queue = queues.get(index);
        if (index == STATISTICS && withStatistics) {
            takeStatistics(queue);
            return;
        }
        int budget = TURN;
        while (budget > 0 && queue.next(chain)) {
            budget -= 1 + (int) (chain.readableLength() >> TURN_SHIFT);
            if (index == INFLATE) {
                inflate();
            } else if (index != DEFLATE) {
                discardReported();
            }
            queue.complete(chain, 0);
        }
        queue.flush();
        if (budget <= 0) {
            host.again(index);
        }
    }

    /** Page numbers; those that follow each other go in one piece. */
    private void inflate() {
        long bytes = chain.readableLength();
        if (bytes > MOST_NUMBERS || bytes % Integer.BYTES != 0) {
            throw new VirtioException("a balloon request of " + bytes + " bytes, which are to be page numbers, at most "
                    + MOST_NUMBERS / Integer.BYTES);
        }
        long start = 0;
        long length = 0;
        for (int at = 0; at < bytes; at += Integer.BYTES) {
            long page = (chain.int32(at) & 0xFFFF_FFFFL) << PAGE_SHIFT;
            if (!host.ram().isRam(page, PAGE)) {
                throw new VirtioException(
                        "the page at 0x" + Long.toHexString(page) + ", which is not RAM, is put into the balloon");
            }
            if (length > 0 && page == start + length && host.ram().isRam(start, length + PAGE)) {
                length += PAGE;
            } else if (length > 0 && page == start - PAGE && host.ram().isRam(page, length + PAGE)) {
                start = page;
                length += PAGE;
            } else {
                discard(start, length);
                start = page;
                length = PAGE;
            }
        }
        discard(start, length);
    }

    /** 5.5.6.7: the buffers are the free pages themselves. */
    private void discardReported() {
        for (int piece = 0; piece < chain.pieces(); piece++) {
            long start = chain.address(piece) + PAGE - 1 & -PAGE;
            long end = chain.address(piece) + chain.length(piece) & -PAGE;
            if (piece >= chain.readablePieces() && start < end) {
                discard(start, end - start);
            }
        }
    }

    private void discard(long address, long length) {
        if (length > 0) {
            sink.discard(address, length);
        }
    }

    /** One buffer at a time stays here. Linux puts the statistics into it before. */
    private void takeStatistics(Virtqueue queue) {
        if (holdsStatistics || !queue.next(statistics)) {
            return;
        }
        holdsStatistics = true;
        long[] values = new long[MemoryStatistics.Tag.values().length];
        Arrays.fill(values, -1);
        long count = Math.min(MOST_STATISTICS, statistics.readableLength() / STATISTIC_SIZE);
        for (int i = 0; i < count; i++) {
            int tag = statistics.int16((long) i * STATISTIC_SIZE);
            if (tag < values.length) {
                values[tag] = statistics.int64((long) i * STATISTIC_SIZE + Short.BYTES);
            }
        }
        listener.statistics(new MemoryStatistics(values));
    }

    /**
     * Asks for fresh statistics, which the listener hears. Inside {@link VirtioHost#post}.
     *
     * @return false when the driver is not there or has not answered the last request
     */
    public boolean requestStatistics() {
        if (!holdsStatistics) {
            return false;
        }
        holdsStatistics = false;
        queues.get(STATISTICS).completeAndFlush(statistics, 0);
        host.again(STATISTICS);
        return true;
    }

    /** Says how many bytes the guest shall give, a multiple of 4096. Inside {@link VirtioHost#post}. */
    public void setTarget(long bytes) {
        BalloonConfig checked = new BalloonConfig(bytes, config.deflateOnOom(), config.statistics(),
                config.reporting());
        space.putInt32(CONFIG_NUM_PAGES, (int) (checked.target() / PAGE));
        host.configChanged();
    }

    /** How many bytes the balloon holds by the driver's word. */
    public long actual() {
        return (space.int32(CONFIG_ACTUAL) & 0xFFFF_FFFFL) << PAGE_SHIFT;
    }

    @Override
    public void configWritten(int offset, int size, long value) {
        if (offset == CONFIG_ACTUAL && size == Integer.BYTES) {
            space.putInt32(CONFIG_ACTUAL, (int) value);
            listener.resized(actual());
        }
    }

    @Override
    public void reset() {
        queues = List.of();
        holdsStatistics = false;
        withStatistics = false;
        space.putInt32(CONFIG_ACTUAL, 0);
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    /** A buffer for statistics that is held is in flight: it comes again after a restore. */
    @Override
    public void save(StateWriter out) {
        out.int32(space.int32(CONFIG_NUM_PAGES)).int32(space.int32(CONFIG_ACTUAL));
    }

    @Override
    public void restore(StateReader in) {
        space.putInt32(CONFIG_NUM_PAGES, in.int32());
        space.putInt32(CONFIG_ACTUAL, in.int32());
    }
}
