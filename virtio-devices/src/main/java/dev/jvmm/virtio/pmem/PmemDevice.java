package dev.jvmm.virtio.pmem;

import dev.jvmm.event.EventHandler;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.FileWatch;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.SharedMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.util.List;
import java.util.Optional;

/**
 * virtio-pmem: says where in the guest's physical space a file is, and brings to the disk what the guest wrote there.
 *
 * <p>A flush that has succeeded is on the disk. Those that arrive while the disk is at work wait, and are then done by one call together,
 * whatever their number.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.19
 */
public final class PmemDevice implements VirtioDevice, EventHandler {
    /** The device ID. */
    public static final int TYPE = 27;

    /** VIRTIO_PMEM_F_SHMEM_REGION: the range is the shared memory region 0, too. */
    static final long F_SHMEM_REGION = 1;

    static final int QUEUE_SIZE = 64;

    /** Fields of the configuration space, 64 bits each. */
    static final int CONFIG_START = 0;

    static final int CONFIG_SIZE = 8;

    /** {@code struct virtio_pmem_req} and {@code struct virtio_pmem_resp}: 32 bits each. */
    static final int REQUEST_FLUSH = 0;

    static final int OK = 0;
    static final int ERROR = 1;

    private static final int SPACE = 16;
    private static final int STATE_VERSION = 1;

    private final String name;
    private final PmemFile file;
    private final ConfigSpace config = new ConfigSpace(SPACE);
    private final Flusher flusher;
    private final Completion completion = new Completion();
    private final byte[] answer = new byte[Integer.BYTES];

    private VirtioHost host;

    /** Since {@link #attach}. */
    private PmemWindow window;

    private Optional<FileWatch> watched = Optional.empty();
    private Optional<VirtioHost.Watch> watch = Optional.empty();

    private Virtqueue queue;

    /** Flushes that no call of the disk's has begun for; then, behind {@code waiting}, chains that are free. */
    private DescriptorChain[] next = chains();

    private int waiting;

    /** Flushes that the disk is at work for. */
    private DescriptorChain[] current = chains();

    private int running;

    /** Whether the disk is at work, be it for a driver that is gone. */
    private boolean busy;

    /** Over a file of the caller's, which the device closes. */
    PmemDevice(String name, PmemFile file) {
        this.name = name;
        this.file = file;
        flusher = new Flusher(file, name + "-flush");
        config.putInt64(CONFIG_SIZE, file.size());
    }

    private static DescriptorChain[] chains() {
        DescriptorChain[] chains = new DescriptorChain[QUEUE_SIZE];
        for (int i = 0; i < chains.length; i++) {
            chains[i] = new DescriptorChain();
        }
        return chains;
    }

    /**
     * Opens and locks a file, which is mapped by {@link #attach}.
     *
     * @param name for the log and the thread: "pmem0"
     * @throws PmemException when it can not be used as asked, saying why and what to do
     */
    public static PmemDevice open(String name, PmemConfig config) {
        return new PmemDevice(name, PmemFile.open(config, 0));
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "pmem " + name;
    }

    @Override
    public long features() {
        return F_SHMEM_REGION;
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
        return config;
    }

    @Override
    public List<SharedMemory> sharedMemory() {
        return List.of(new SharedMemory(0, window.window().address(), window.window().size()));
    }

    /** @throws PmemException when the machine has no room for the file, or the host does not map it */
    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
        window = new PmemWindow(file, surroundings.ram().memory(), false);
        config.putInt64(CONFIG_START, window.window().address());
        watched = file.watch();
        if (watched.isPresent()) {
            watch = Optional.of(surroundings.watch(watched.get(), Epoll.IN, this));
            window.look(); // what was before there was a watch
        }
    }

    /** Somebody has changed the file. What is missing is mended here; the guest hears of it by its flushes. */
    @Override
    public void ready(int events) {
        watched.get().drain();
        window.look();
    }

    @Override
    public void activate(long features, List<Virtqueue> queues) {
        queue = queues.getFirst();
    }

    /** No more chains can be in flight than the queue has descriptors, so there is always a free one here. */
    @Override
    public void notified(int index) {
        while (waiting + running < QUEUE_SIZE && queue.next(next[waiting])) {
            DescriptorChain chain = next[waiting];
            if (chain.readableLength() < Integer.BYTES || chain.writableLength() < Integer.BYTES) {
                throw new VirtioException("a request of " + chain.readableLength() + " bytes with room for "
                        + chain.writableLength() + ": each is 4");
            }
            if (chain.int32(0) != REQUEST_FLUSH) {
                complete(chain, ERROR);
            } else if (file.isShared() && !file.failed()) {
                waiting++;
            } else {
                complete(chain, file.failed() ? ERROR : OK);
            }
        }
        begin();
        queue.flush();
    }

    private void complete(DescriptorChain chain, int result) {
        answer[0] = (byte) result;
        chain.write(0, answer, 0, answer.length);
        queue.complete(chain, answer.length);
    }

    private void begin() {
        if (waiting > 0 && !busy) {
            DescriptorChain[] taken = next;
            next = current;
            current = taken;
            running = waiting;
            waiting = 0;
            busy = true;
            flusher.flush(host, completion);
        }
    }

    /** The disk is done. Meanwhile the driver may have gone, and another come. */
    private final class Completion extends Flusher.Done {
        @Override
        public void run() {
            busy = false;
            for (int i = 0; i < running; i++) {
                complete(current[i], result == 0 ? OK : ERROR);
            }
            running = 0;
            if (queue != null) {
                notified(0); // there may be more than there were chains for
            }
        }
    }

    @Override
    public void reset() {
        for (int i = 0; i < waiting; i++) {
            next[i].abandon();
        }
        for (int i = 0; i < running; i++) {
            current[i].abandon();
        }
        waiting = 0;
        running = 0;
        queue = null;
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    /** Flushes under way are in the queue's record: they are done again. */
    @Override
    public void save(StateWriter out) {
        if (file.config().sharing() == PmemConfig.Sharing.PRIVATE) {
            throw new StateException("what the guest wrote to the persistent memory \"" + file.config().path()
                    + "\" is in no file, since it is private: such a machine can not be saved");
        }
        out.int64(window.window().address()).int64(file.content());
    }

    @Override
    public void restore(StateReader in) {
        long address = in.int64();
        long content = in.int64();
        if (content != file.content()) {
            throw in.bad("has persistent memory of " + content + " bytes, and \"" + file.config().path() + "\" has "
                    + file.content());
        }
        try {
            window.window().moveTo(address);
        } catch (IllegalArgumentException e) {
            throw in.bad("has persistent memory where none can be: " + e.getMessage());
        }
        config.putInt64(CONFIG_START, address);
    }

    @Override
    public void close() {
        if (watch.isPresent()) {
            watch.get().close();
        }
        if (watched.isPresent()) {
            watched.get().close();
        }
        if (window != null) {
            window.close();
        }
        if (flusher.end()) {
            file.close();
        } else {
            System.getLogger("dev.jvmm.virtio.pmem").log(System.Logger.Level.ERROR, name() + ": the disk of \""
                    + file.config().path() + "\" does not answer; it stays open and locked until this process ends");
        }
    }
}
