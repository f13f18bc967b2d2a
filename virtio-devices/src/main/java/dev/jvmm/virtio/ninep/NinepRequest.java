package dev.jvmm.virtio.ninep;

import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;

/** A driver's message, from its chain to its answer. Guarded by the device's lock, but while {@link #run} is at it. */
final class NinepRequest extends WorkerPool.Work implements Runnable {
    /** No tag. */
    private static final int NONE = -1;

    final DescriptorChain chain = new DescriptorChain();

    /** A flush that waits until this, or what this waits for, is over: its answer has to come behind. */
    NinepRequest waiting;

    /** Whether the chain is the device's. */
    boolean busy;

    private final NinepDevice device;
    private final ChainMessage request = new ChainMessage(chain, true);
    private final ChainMessage reply = new ChainMessage(chain, false);
    private NinepPeer peer;
    private Virtqueue queue;
    private int tag;
    private int flushed;
    private int agreed;
    private int answer;

    /** What went wrong where nothing may; null if nothing did. */
    private RuntimeException failure;

    NinepRequest(NinepDevice device) {
        this.device = device;
    }

    /**
     * Takes up what the chain says; the rest is the server's to read.
     *
     * @throws VirtioException when there is no message in it
     */
    void begin(Virtqueue from, NinepPeer with) {
        if (chain.readableLength() < NinepSpec.HEADER_SIZE) {
            throw new VirtioException("a 9P message of " + chain.readableLength() + " bytes");
        }
        queue = from;
        peer = with;
        busy = true;
        waiting = null;
        failure = null;
        answer = 0;
        tag = chain.int16(NinepSpec.HEADER_TAG);
        int type = chain.int8(NinepSpec.HEADER_TYPE);
        boolean flush = type == NinepSpec.T_FLUSH
                && chain.readableLength() >= NinepSpec.FLUSH_SIZE;
        flushed = flush ? chain.int16(NinepSpec.FLUSH_TAG) : NONE;
        boolean version = type == NinepSpec.T_VERSION && chain.readableLength() >= NinepSpec.VERSION_SIZE;
        agreed = version ? chain.int32(NinepSpec.VERSION_MSIZE) : 0;
    }

    /** The longest message that it asks for; 0 when it is about something else. */
    int agreed() {
        return agreed;
    }

    /** Whether it asks to drop another request. */
    boolean isFlush() {
        return flushed != NONE;
    }

    /** Whether it asks to drop that one. */
    boolean flushes(NinepRequest other) {
        return other != this && other.busy && other.tag == flushed;
    }

    /** Has a flush wait, behind others that do. */
    void hold(NinepRequest flush) {
        NinepRequest end = this;
        while (end.waiting != null) {
            end = end.waiting;
        }
        end.waiting = flush;
    }

    /** On a thread of the pool: lets the server answer, and hands the answer over. Without a lock, since files may take their time. */
    @Override
    void work() {
        try {
            answer = peer.handle(request, reply);
        } catch (RuntimeException | Error e) {
            failure = new IllegalStateException("a 9P message could not be answered: " + e, e);
        }
        device.answered(this);
    }

    /** With the device's lock: what {@link #work} came to. */
    @Override
    public void run() {
        device.completed(this);
    }

    /**
     * Gives the chain back.
     *
     * @throws VirtioException when the message was none
     */
    void complete() {
        busy = false;
        if (failure != null) {
            throw failure;
        }
        if (answer == Client.BROKEN) {
            throw new VirtioException("a 9P message that can not be answered");
        }
        queue.completeAndFlush(chain, answer);
    }
}
