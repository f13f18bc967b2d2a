package dev.jvmm.virtio.block;

import dev.jvmm.event.Timer;
import dev.jvmm.linux.Errno;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.rate.RateLimiter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A disk. Requests go from the queues through the rate limits to the engine, and each comes back with a status of its own; nothing is
 * allocated on the way once as many were in flight before.
 *
 * <p>A flush that has completed is on the disk. Without FLUSH, or with the cache switched to write-through, each write is (5.2.6.2).
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.2
 */
public final class BlockDevice implements VirtioDevice {
    /** Descriptors of a queue. */
    public static final int QUEUE_SIZE = 256;

    /** Requests taken from a queue before others have their turn. */
    private static final int SHARE = 128;

    /** Buffers of a request: all of a queue but for header and status. */
    private static final int SEGMENTS = QUEUE_SIZE - 2;

    private static final int SEGMENT_BYTES = 4 << 20;
    private static final int FIRST = 16;
    private static final int STATE_VERSION = 1;

    private final String name;
    private final DiskFile disk;
    private final DiskEngine engine;
    private final RateLimiter limiter;
    private final int queueCount;
    private final byte[] serial;
    private final ConfigSpace config;

    private VirtioHost host;
    private Timer opening;
    private List<Virtqueue> queues = List.of();

    /** The request of each queue that the limits do not let pass yet; null where there is none. */
    private final BlockRequest[] held;

    /** Requests that are nobody's. */
    private BlockRequest[] free = new BlockRequest[FIRST];

    private int freeCount;
    private int made;
    private boolean writeThrough;
    private boolean cacheRestored;

    /** Whether the driver may switch the cache's mode. */
    private boolean switchable;

    /** Operations were in flight when somebody last looked. */
    private boolean busy;

    /** Over an engine of the caller's. */
    BlockDevice(String name, DiskConfig options, DiskFile disk, DiskEngine engine) {
        this.name = name;
        this.disk = disk;
        this.engine = engine;
        limiter = new RateLimiter(options.bandwidth(), options.operations(), System.nanoTime());
        queueCount = options.queues();
        serial = Arrays.copyOf(options.serial().getBytes(StandardCharsets.US_ASCII), BlockSpec.ID_BYTES);
        held = new BlockRequest[queueCount];
        config = BlockConfig.of(disk, queueCount, SEGMENTS, SEGMENT_BYTES);
    }

    /**
     * Opens and locks a disk.
     *
     * @param name for the log and the threads: "vda"
     * @throws DiskException when it can not be used as asked, saying why and what to do
     */
    public static BlockDevice open(String name, DiskConfig options) {
        DiskFile disk = DiskFile.open(options);
        try {
            return new BlockDevice(name, options, disk, DiskEngine.of(name, options, disk));
        } catch (DiskException e) {
            disk.close();
            throw e;
        }
    }

    /** Whether requests go through io_uring; otherwise threads carry them out. */
    public boolean usesIoUring() {
        return engine instanceof UringEngine;
    }

    /**
     * Looks whether the file or block device has grown, and if so tells the driver of its new size (5.2.4), which takes effect at once. A
     * disk that became smaller fails from now on. After {@link #attach}; any thread, but not the event loop's: a host's file system may
     * be slow to answer.
     *
     * @throws dev.jvmm.linux.SystemCallException when the host does not say how large it is
     */
    public void refresh() {
        long size = disk.currentSize();
        host.post(() -> {
            if (disk.grow(size)) {
                config.putInt64(BlockSpec.CONFIG_CAPACITY, disk.capacity());
                host.configChanged();
            }
        });
    }

    @Override
    public int type() {
        return BlockSpec.DEVICE_ID;
    }

    @Override
    public String name() {
        return "block " + name;
    }

    @Override
    public long features() {
        return BlockConfig.features(disk, queueCount);
    }

    @Override
    public int queues() {
        return queueCount;
    }

    @Override
    public int queueSize(int queue) {
        return QUEUE_SIZE;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
        opening = host.timer(new Opening());
        engine.attach(host, new Completions());
    }

    @Override
    public void activate(long features, List<Virtqueue> live) {
        queues = live;
        switchable = (features & BlockSpec.F_CONFIG_WCE) != 0;
        if (!cacheRestored) {
            cache((features & BlockSpec.F_FLUSH) == 0); // a driver that can not flush gets a disk that need not be flushed
        }
        cacheRestored = false;
    }

    private void cache(boolean through) {
        writeThrough = through;
        config.putInt8(BlockSpec.CONFIG_WCE, through ? 0 : 1);
    }

    /** The cache's mode is the driver's, if it said that it knows the field. */
    @Override
    public void configWritten(int offset, int size, long value) {
        if (offset == BlockSpec.CONFIG_WCE && size == 1 && switchable && value <= 1) {
            cache(value == 0);
        }
    }

    @Override
    public void notified(int index) {
        Virtqueue queue = queues.get(index);
        try {
            if (held[index] == null || admit(index, held[index])) {
                serve(index, queue);
            }
        } finally {
            engine.flush();
            queue.flush();
            busy |= engine.inFlight() > 0;
        }
    }

    private void serve(int index, Virtqueue queue) {
        for (int i = 0; i < SHARE; i++) {
            BlockRequest request = take(queue);
            if (request == null || !admit(index, request)) {
                return;
            }
        }
        host.again(index);
    }

    /** The next request of a queue; null when there is none. */
    private BlockRequest take(Virtqueue queue) {
        if (freeCount == 0) {
            give(new BlockRequest(made++, QUEUE_SIZE, serial)); // as many as a queue has descriptors, at the most, for each queue
        }
        BlockRequest request = free[freeCount - 1];
        if (!queue.next(request.chain)) {
            return null;
        }
        request.parse(disk, queue);
        freeCount--;
        return request;
    }

    private void give(BlockRequest request) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = request;
    }

    /** Lets a request pass, or holds it and its queue until the limits allow. */
    private boolean admit(int index, BlockRequest request) {
        if (request.isOperation() && limiter.limits()) {
            long now = System.nanoTime();
            if (!limiter.admit(request.payload(), now)) {
                held[index] = request;
                opening.schedule(limiter.nanosUntilOpen(now));
                return false;
            }
        }
        held[index] = null;
        if (request.isOperation()) {
            request.durable = writeThrough;
            engine.submit(request);
        } else {
            finish(request, false);
        }
        return true;
    }

    private void finish(BlockRequest request, boolean failed) {
        request.complete(failed);
        give(request);
    }

    /** The limits may let requests pass again. */
    private final class Opening implements Runnable {
        /** The queue whose turn it is: the one behind the last that got something through, so that none waits for ever. */
        private int turn;

        @Override
        public void run() {
            int first = turn;
            for (int i = 0; i < held.length; i++) {
                int index = (first + i) % held.length;
                BlockRequest waiting = held[index];
                if (waiting != null) {
                    notified(index);
                    turn = held[index] == waiting ? turn : (index + 1) % held.length;
                }
            }
        }
    }

    private final class Completions implements DiskEngine.Listener {
        /** The errnos that the log has seen: a full disk fails many requests, and not always in the same way. */
        private final BitSet logged = new BitSet();

        @Override
        public void completed(DiskOperation operation) {
            if (operation.result < 0 && !logged.get(-operation.result)) {
                logged.set(-operation.result);
                System.getLogger("dev.jvmm.virtio.block").log(System.Logger.Level.WARNING,
                        name() + ": a " + operation.kind + " of disk \"" + disk.path() + "\" failed with "
                                + Errno.describe(-operation.result)
                                + "; the guest was told, further ones of the kind are not logged");
            }
            finish((BlockRequest) operation, operation.result < 0);
        }

        @Override
        public void settled() {
            for (int i = 0; i < queues.size(); i++) {
                queues.get(i).flush();
            }
            if (busy && engine.inFlight() == 0) {
                busy = false;
                host.idle();
            }
        }
    }

    @Override
    public void reset() {
        for (int i = 0; i < held.length; i++) {
            if (held[i] != null) {
                finish(held[i], true); // its queue is retired: nobody hears of it
                held[i] = null;
            }
        }
        opening.cancel();
        queues = List.of();
        cacheRestored = false;
    }

    @Override
    public boolean idle() {
        return engine.inFlight() == 0;
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    /**
     * Requests that the limits hold back are in their queue's record, as is all that was in flight: nothing else is, since it is idle.
     */
    @Override
    public void save(StateWriter out) {
        out.int64(disk.capacity()).bool(writeThrough);
    }

    @Override
    public void restore(StateReader in) {
        long capacity = in.int64();
        if (capacity != disk.capacity()) {
            throw in.bad("has a disk of " + capacity + " sectors, and \"" + disk.path() + "\" has " + disk.capacity());
        }
        cache(in.bool());
        cacheRestored = true;
    }

    @Override
    public void close() {
        if (host != null) {
            opening.close();
        }
        if (engine.end()) {
            disk.close();
        } else {
            System.getLogger("dev.jvmm.virtio.block").log(System.Logger.Level.ERROR,
                    name() + ": disk \"" + disk.path()
                            + "\" does not answer; it stays open and locked until this process ends");
        }
    }
}
