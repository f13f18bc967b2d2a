package dev.jvmm.virtio.queue;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.OptionalInt;

/**
 * A split virtqueue, from the device's side.
 *
 * <pre>
 *   descriptor table     available ring (driver writes)        used ring (device writes)
 *   addr len flags next  flags idx [head, head, ...] used_event  flags idx [(head, len), ...] avail_event
 * </pre>
 *
 * <p>Size and addresses are fixed when it is made; a reset makes a new one and {@linkplain #retire retires} this. A retired queue gives
 * out nothing and drops completions, so one that comes late harms nobody. Guarded by its device's lock.
 *
 * <p>Ordering: the available index is read with acquire, so the entries behind it are seen; the used index is written with release,
 * behind its entry; a full fence parts each index that we publish from the other side's wish that we read next.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.7
 */
public final class Virtqueue {
    private static final int INDEX_MASK = 0xFFFF;

    private final int index;
    private final int size;
    private final QueueLayout layout;
    private final boolean eventIdx;
    private final UsedListener listener;
    private final ChainWalker walker;
    private final ByteBuffer available;
    private final ByteBuffer used;
    private final HeadSet inFlight;

    /** Heads that a saved machine had taken and not completed: given out again first. */
    private final HeadSet replay;

    private int nextAvailable;
    private int seenAvailable;
    private int nextUsed;

    /** The used index as of the last look at whether the driver wants to hear. */
    private int flushed;

    private boolean stopped;
    private boolean retired;
    private boolean lent;

    /**
     * Over rings that the driver laid out.
     *
     * @param index its number in the device
     * @param most the largest size that the device allows
     * @param eventIdx whether VIRTIO_F_EVENT_IDX was negotiated
     * @param indirect whether VIRTIO_F_INDIRECT_DESC was negotiated
     * @throws VirtioException when the layout is not one
     */
    public Virtqueue(int index, GuestRam ram, QueueLayout layout, int most, boolean eventIdx, boolean indirect,
            UsedListener listener) {
        layout.check(ram, most);
        this.index = index;
        this.size = layout.size();
        this.layout = layout;
        this.eventIdx = eventIdx;
        this.listener = listener;
        walker = new ChainWalker(index, ram, ram.view(layout.descriptors(), layout.descriptorBytes()), indirect);
        available = ram.view(layout.available(), layout.availableBytes());
        used = ram.view(layout.used(), layout.usedBytes());
        inFlight = new HeadSet(size);
        replay = new HeadSet(size);
    }

    /** One that the driver did not make ready: nothing ever comes from it. */
    public Virtqueue(int index, GuestRam ram) {
        this.index = index;
        size = 0;
        layout = new QueueLayout(0, 0, 0, 0);
        eventIdx = false;
        listener = null;
        available = ByteBuffer.allocate(0);
        used = available;
        walker = new ChainWalker(index, ram, available, false);
        inFlight = new HeadSet(0);
        replay = inFlight;
        retired = true;
    }

    /** Its number in the device. */
    public int index() {
        return index;
    }

    /** Descriptors; 0 when the driver did not make the queue ready. */
    public int size() {
        return size;
    }

    /** Whether anything can come from the queue: it was made ready and not retired since. */
    public boolean isLive() {
        return !retired;
    }

    /** How many chains were taken and not completed; never more than {@link #size}. */
    public int inFlight() {
        return inFlight.count();
    }

    /** Ends the queue's life: nothing more is taken from it, and completions vanish. */
    public void retire() {
        retired = true;
    }

    /** Takes nothing more, while what is in flight can still be completed. */
    public void stop() {
        stopped = true;
        replay.clear();
    }

    /** Whether {@link #stop} was called. */
    public boolean isStopped() {
        return stopped;
    }

    /** Where it lies: checked RAM, for whoever has {@linkplain #lend borrowed} it. */
    public QueueLayout layout() {
        return layout;
    }

    /** Whether somebody else works on it: {@link #lend}. */
    public boolean isLent() {
        return lent;
    }

    /**
     * Lets somebody else, such as the host's kernel, work on the queue: nothing comes from it until {@link #takeBack}. What a saved machine
     * had taken and not completed is available again, if it was taken in order.
     *
     * @return the place in the available ring to go on from; empty, and nothing has changed, while chains are in flight
     */
    public OptionalInt lend() {
        if (retired || stopped || lent || inFlight.count() > 0 || !replayIsLatest()) {
            return OptionalInt.empty();
        }
        nextAvailable = nextAvailable - replay.count() & INDEX_MASK;
        seenAvailable = nextAvailable;
        replay.clear();
        lent = true;
        return OptionalInt.of(nextAvailable);
    }

    /** Whether the chains to be given out again are those that were made available last. */
    private boolean replayIsLatest() {
        HeadSet latest = new HeadSet(size);
        for (int i = 1; i <= replay.count(); i++) {
            int slot = nextAvailable - i & size - 1;
            int head = available.getShort(QueueLayout.RING_ENTRIES + slot * QueueLayout.AVAILABLE_ENTRY) & INDEX_MASK;
            if (head < size && replay.contains(head)) {
                latest.add(head);
            }
        }
        return latest.count() == replay.count();
    }

    /**
     * Goes on where the other one stood, who has used all that it took. The driver may notify of less than it should until {@link #next}
     * has said that there is no chain.
     *
     * @param position the place in the available ring
     */
    public void takeBack(int position) {
        lent = false;
        if (!retired) {
            nextAvailable = position & INDEX_MASK;
            seenAvailable = nextAvailable;
            nextUsed = nextAvailable;
            flushed = nextAvailable;
            used.putShort(QueueLayout.RING_FLAGS, (short) 0);
        }
    }

    /**
     * Takes the next chain. When there is none, the driver has been asked to notify the device of the next.
     *
     * @param chain filled when the answer is true
     * @return whether there was one
     * @throws VirtioException when the driver lied; the queue is of no use then until it is reset
     */
    public boolean next(DescriptorChain chain) {
        if (retired || stopped || lent) {
            return false;
        }
        if (chain.queue != null && chain.queue.isLive()) {
            throw new IllegalStateException("the chain is still in flight");
        }
        boolean again = replay.count() > 0;
        int head;
        if (again) {
            head = replay.first();
        } else if (seenAvailable != nextAvailable || look()) {
            int slot = nextAvailable & size - 1;
            head = available.getShort(QueueLayout.RING_ENTRIES + slot * QueueLayout.AVAILABLE_ENTRY) & INDEX_MASK;
            if (head >= size) {
                throw new VirtioException(
                        "queue " + index + ": descriptor " + head + " of " + size + " is made available");
            }
        } else {
            return false;
        }
        if (inFlight.contains(head)) {
            throw new VirtioException(
                    "queue " + index + ": descriptor " + head + " is made available before it was used");
        }
        walker.walk(chain, head);
        inFlight.add(head);
        chain.queue = this;
        if (again) {
            replay.remove(head);
        } else {
            nextAvailable = nextAvailable + 1 & INDEX_MASK;
        }
        return true;
    }

    /**
     * Whether {@link #next} would give a chain or complain. Unlike that, it does not ask the driver to notify the device where there is
     * none: for devices that look again soon.
     */
    public boolean hasNext() {
        return !retired && !stopped && !lent
                && (replay.count() > 0 || seenAvailable != nextAvailable || readAvailable());
    }

    /** Looks for new chains, and looks again once the driver knows that it has to notify. */
    private boolean look() {
        if (readAvailable()) {
            return true;
        }
        if (!eventIdx) {
            // 2.7.10: flags stay 0, so the driver notifies of every index it publishes.
            return false;
        }
        used.putShort(layout.availableEvent(), (short) nextAvailable);
        VarHandle.fullFence(); // the event index has to be out before the index is read: else both sides could miss the other
        return readAvailable();
    }

    private boolean readAvailable() {
        int idx = available.getShort(QueueLayout.RING_INDEX) & INDEX_MASK;
        VarHandle.acquireFence(); // pairs with the driver's barrier before it moved the index (2.7.13.3.1)
        int waiting = idx - nextAvailable & INDEX_MASK;
        if (waiting > size) {
            throw new VirtioException(
                    "queue " + index + ": the available index goes from " + nextAvailable + " to " + idx
                            + ", and the queue holds " + size);
        }
        seenAvailable = idx;
        return waiting > 0;
    }

    /**
     * Gives a chain back to the driver, in any order. The driver may not look before {@link #flush}.
     *
     * @param written bytes written from the start of the writable part on, none left out; may be less than was written, never more
     */
    public void complete(DescriptorChain chain, long written) {
        stage(chain, written);
        publish();
    }

    /** As {@link #complete}, but the driver sees nothing of it before {@link #publish}, and then all that was staged at once. */
    public void stage(DescriptorChain chain, long written) {
        if (chain.queue != this) {
            throw new IllegalStateException("the chain is not with queue " + index);
        }
        if (written < 0 || written > chain.writableLength()) {
            throw new IllegalArgumentException(written + " bytes written into " + chain.writableLength());
        }
        chain.queue = null;
        if (retired) {
            return;
        }
        inFlight.remove(chain.head());
        int entry = QueueLayout.RING_ENTRIES + (nextUsed & size - 1) * QueueLayout.USED_ENTRY;
        used.putInt(entry, chain.head());
        used.putInt(entry + QueueLayout.USED_LENGTH, (int) written);
        nextUsed = nextUsed + 1 & INDEX_MASK;
    }

    /** Lets the driver see what was staged. */
    public void publish() {
        if (!retired) {
            VarHandle.releaseFence(); // the entries, and what the device wrote, before the index (2.7.8.2)
            used.putShort(QueueLayout.RING_INDEX, (short) nextUsed);
        }
    }

    /** Tells the driver of what was completed since the last call, if it wants to know. */
    public void flush() {
        if (retired || flushed == nextUsed) {
            return;
        }
        VarHandle.fullFence(); // the used index has to be out before the driver's wish is read (2.7.7.2)
        boolean wanted;
        if (eventIdx) {
            int event = available.getShort(layout.usedEvent()) & INDEX_MASK;
            wanted = (nextUsed - event - 1 & INDEX_MASK) < (nextUsed - flushed & INDEX_MASK);
        } else {
            wanted = (available.getShort(QueueLayout.RING_FLAGS) & QueueLayout.AVAILABLE_F_NO_INTERRUPT) == 0;
        }
        flushed = nextUsed;
        if (wanted) {
            listener.used();
        }
    }

    /** Completes one chain and tells of it. */
    public void completeAndFlush(DescriptorChain chain, long written) {
        complete(chain, written);
        flush();
    }

    /** Writes where the queue stands, and which chains are in flight. It is not lent. */
    public void save(StateWriter out) {
        if (lent) {
            throw new IllegalStateException("queue " + index + " is lent");
        }
        out.int16(nextAvailable).int16(nextUsed).int16(flushed);
        out.int32(inFlight.count() + replay.count());
        inFlight.save(out);
        replay.save(out);
    }

    /** Takes up where a queue of the same layout stood; chains that were in flight come from {@link #next} again. */
    public void restore(StateReader in) {
        nextAvailable = in.int16();
        nextUsed = in.int16();
        flushed = in.int16();
        seenAvailable = nextAvailable;
        int heads = in.int32(0, size);
        for (int i = 0; i < heads; i++) {
            replay.add(in.int16());
        }
        if (replay.count() != heads || (nextAvailable - nextUsed & INDEX_MASK) != heads) {
            throw in.bad("has a queue of " + heads + " chains in flight between " + nextUsed + " and " + nextAvailable);
        }
    }
}
