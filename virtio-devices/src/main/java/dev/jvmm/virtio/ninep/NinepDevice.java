package dev.jvmm.virtio.ninep;

import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.ninep.server.Share;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A directory of the host that the guest can mount. Messages go from the queue to a few threads, since files make one wait; each thread
 * completes what it has answered itself, so that a message has one thread's wake-up to pay and no more.
 *
 * <p><b>Flushes.</b> The answer to a Tflush says that the driver can use the flushed message's tag and memory for others. So a flush
 * waits for that message: until its answer is in the ring, or, where nobody has begun with it, its chain has gone back with nothing in it.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.18
 */
public final class NinepDevice implements VirtioDevice {
    /** Descriptors of the queue: as many as Linux's driver uses (VIRTQUEUE_NUM of net/9p/trans_virtio.c). */
    public static final int QUEUE_SIZE = 128;

    /** Threads of one share. */
    private static final int MOST_THREADS = 8;

    /** Messages taken from the queue before others have their turn. */
    private static final int TURN = 64;

    private static final int STATE_VERSION = 1;

    private final String name;
    private final String tag;
    private final NinepPeer peer;
    private final WorkerPool pool;
    private final ConfigSpace config;
    private final NinepRequest[] requests = new NinepRequest[QUEUE_SIZE];
    private final Forget forget = new Forget();

    private VirtioHost host;
    private List<Virtqueue> queues = List.of();

    /** Of {@link #requests}: how many were made, and those that are nobody's. */
    private int made;

    private final NinepRequest[] free = new NinepRequest[QUEUE_SIZE];
    private int freeCount;

    /** Chains that were taken and not given back. */
    private int inFlight;

    /** The peer may know something of the driver's. */
    private boolean used;

    /** The longest message that the driver asked for; 0 if it did not. */
    private int agreed;

    /** A reset waits for the peer to forget that. */
    private boolean forgetting;

    /** Of a turn: what goes to the threads at its end. */
    private NinepRequest first;

    private NinepRequest last;
    private int count;

    /** Over a peer of the caller's. */
    NinepDevice(String name, NinepConfig options, NinepPeer peer) {
        this.name = name;
        this.peer = peer;
        pool = new WorkerPool(name, MOST_THREADS);
        tag = options.tag();
        byte[] bytes = tag.getBytes(StandardCharsets.UTF_8);
        config = new ConfigSpace(NinepSpec.CONFIG_TAG + bytes.length)
                .putInt16(NinepSpec.CONFIG_TAG_LENGTH, bytes.length)
                .put(NinepSpec.CONFIG_TAG, bytes);
    }

    /**
     * Opens a directory.
     *
     * @param name for the log and the threads: "share0"
     * @throws dev.jvmm.virtio.ninep.server.ShareException when it can not be shared as asked, saying why and what to do
     */
    public static NinepDevice open(String name, NinepConfig options, ShareConfig share) {
        return new NinepDevice(name, options, NinepPeer.of(Share.open(share)));
    }

    @Override
    public int type() {
        return NinepSpec.DEVICE_ID;
    }

    @Override
    public String name() {
        return "9p " + name;
    }

    @Override
    public long features() {
        return NinepSpec.F_MOUNT_TAG;
    }

    @Override
    public int queues() {
        return 1;
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
    }

    @Override
    public void activate(long features, List<Virtqueue> live) {
        queues = live;
    }

    @Override
    public void notified(int index) {
        Virtqueue queue = queues.get(index);
        try {
            for (int i = 0; i < TURN; i++) {
                NinepRequest request = next(queue);
                if (request == null) {
                    return;
                }
                admit(request);
            }
            host.again(index);
        } finally {
            submit();
        }
    }

    /** The next message; null when there is none. */
    private NinepRequest next(Virtqueue queue) {
        if (freeCount == 0) {
            if (made == QUEUE_SIZE) {
                return null; // all are in flight, and the queue has no more descriptors than that
            }
            requests[made] = new NinepRequest(this);
            free[freeCount++] = requests[made++];
        }
        NinepRequest request = free[freeCount - 1];
        if (!queue.next(request.chain)) {
            return null;
        }
        request.begin(queue, peer);
        freeCount--;
        inFlight++;
        used = true;
        return request;
    }

    /** Sends a message on its way, or has it wait for the one that it flushes. */
    private void admit(NinepRequest request) {
        if (request.isFlush()) {
            submit(); // what is to be dropped may be among the last ones
            for (int i = 0; i < made; i++) {
                if (request.flushes(requests[i]) && !drop(requests[i])) {
                    requests[i].hold(request);
                    return;
                }
            }
        }
        enqueue(request);
    }

    private void enqueue(NinepRequest request) {
        request.next = null;
        if (first == null) {
            first = request;
        } else {
            last.next = request;
        }
        last = request;
        count++;
    }

    private void submit() {
        if (first != null) {
            pool.submit(first, last, count);
            first = null;
            last = null;
            count = 0;
        }
    }

    /** Takes a message back that nobody has begun with, if so; it is over then. Flushes are always answered, in their order. */
    private boolean drop(NinepRequest request) {
        boolean dropped = !request.isFlush() && pool.remove(request);
        if (dropped) {
            finish(request);
        }
        return dropped;
    }

    /** On a thread of the pool: a message is over. */
    void answered(NinepRequest request) {
        host.runLocked(request);
    }

    /** With the lock: a message is over. */
    void completed(NinepRequest request) {
        try {
            finish(request);
        } finally {
            submit();
            rest();
        }
    }

    /** Gives a chain back, and lets flushes go that waited for it. */
    private void finish(NinepRequest request) {
        try {
            if (request.agreed() != 0) {
                agreed = request.agreed();
            }
            request.complete();
        } finally {
            inFlight--;
            free[freeCount++] = request;
            NinepRequest flush = request.waiting;
            request.waiting = null;
            while (flush != null) {
                NinepRequest following = flush.waiting;
                flush.waiting = null;
                if (queues.isEmpty()) {
                    finish(flush); // a reset: nobody hears of it
                } else {
                    admit(flush);
                }
                flush = following;
            }
        }
    }

    /** Says so when nobody works on guest memory any more; after a reset, when the peer has forgotten its driver. */
    private void rest() {
        if (inFlight > 0) {
            return;
        }
        if (forgetting && used) {
            used = false;
            forget.next = null;
            pool.submit(forget, forget, 1);
        } else {
            host.idle();
        }
    }

    /** Closing files may take its time as well. */
    private final class Forget extends WorkerPool.Work implements Runnable {
        @Override
        void work() {
            peer.reset();
            host.runLocked(this);
        }

        @Override
        public void run() {
            forgetting = false;
            host.idle();
        }
    }

    @Override
    public void reset() {
        queues = List.of();
        agreed = 0;
        if (!used) {
            return;
        }
        forgetting = true;
        WorkerPool.Work dropped = pool.drain();
        while (dropped != null) {
            WorkerPool.Work following = dropped.next;
            finish((NinepRequest) dropped);
            dropped = following;
        }
        rest();
    }

    @Override
    public boolean idle() {
        return inFlight == 0 && !forgetting;
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    /**
     * What was agreed on, and the files that the guest has in use, by their paths.
     *
     * @throws StateException when one of them has no path any more
     */
    @Override
    public void save(StateWriter out) {
        out.int32(agreed);
        peer.save(out);
    }

    @Override
    public void restore(StateReader in) {
        agreed = in.int32();
        peer.restore(in);
        used = agreed != 0;
    }

    @Override
    public void close() {
        if (pool.end()) {
            peer.close();
        } else {
            System.getLogger("dev.jvmm.virtio.ninep").log(System.Logger.Level.ERROR,
                    name() + ": the host's file system does not answer; the share stays open until this process ends");
        }
    }
}
