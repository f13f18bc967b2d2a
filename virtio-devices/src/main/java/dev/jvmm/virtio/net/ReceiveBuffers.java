package dev.jvmm.virtio.net;

import dev.jvmm.linux.Mapping;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.ByteBuffer;

/**
 * The driver's buffers of one receive queue, taken ahead, so that one readv(2) puts a frame where it belongs. The iovecs for it are kept
 * up to date as chains come and go. Guarded by the device's lock.
 *
 * <pre>
 *   chains   [ first .. first + count )                    of the queue, oldest first
 *   iovecs   [ firstVector .. endVector ) spill            their pieces, and behind them what is left when they are too short
 * </pre>
 *
 * <p>With mergeable buffers a frame takes as many chains as it needs. One that is longer than all there are ends in the spill and waits
 * for further ones; how many are taken ahead follows what came lately, so this is rare, and small frames do not cost many iovecs.
 */
final class ReceiveBuffers implements ReceiveRoom, AutoCloseable {
    private static final int CHAINS = NetDevice.QUEUE_SIZE;

    /** No further chain is taken with so many pieces; one has no more than a queue has descriptors, and readv(2) takes 1024. */
    private static final int MOST_PIECES = 512;

    /** Places for iovecs: they move to the front when the end is reached. */
    private static final int VECTORS = 2048;

    private static final int VECTOR_BYTES = VECTORS * DescriptorChain.IOVEC_SIZE;
    private static final int SPILL = NetHeader.MOST;

    /** Bytes taken ahead while frames are small. */
    private static final int FEW = 4096;

    /** So many small frames in a row, and fewer bytes are taken ahead. */
    private static final int CALM = 128;

    private final Mapping mapping = Mapping.anonymous(VECTOR_BYTES + SPILL, 0);
    private final ByteBuffer vectors = mapping.view(0, VECTOR_BYTES);
    private final ByteBuffer spill = mapping.view(VECTOR_BYTES, SPILL);
    private final DescriptorChain[] chains = new DescriptorChain[CHAINS];
    private final GuestRam ram;
    private int first;
    private int count;
    private int firstVector;
    private int endVector;

    /** Bytes of all chains together. */
    private long guestBytes;

    private boolean mergeable;
    private int ahead = FEW;
    private int small;

    /** Bytes of a frame that waits for chains, 0 if none does; and how many of them were not spilled. */
    private int waiting;

    private long spillStart;

    ReceiveBuffers(GuestRam ram) {
        this.ram = ram;
    }

    /** Begins with a new driver. */
    void begin(boolean mergeableBuffers) {
        clear();
        mergeable = mergeableBuffers;
    }

    /** Forgets all chains; those of a live queue stay in flight for it. */
    void clear() {
        for (int i = 0; i < count; i++) {
            chains[first + i & CHAINS - 1].abandon();
        }
        first = 0;
        count = 0;
        firstVector = 0;
        endVector = 0;
        guestBytes = 0;
        waiting = 0;
    }

    /** Gives all chains back to a driver that wants its queue back. */
    void giveBack(Virtqueue queue) {
        for (int i = 0; i < count; i++) {
            queue.stage(chains[first + i & CHAINS - 1], 0);
        }
        queue.publish();
        clear();
    }

    /**
     * Takes chains ahead.
     *
     * @return whether there is any; otherwise the driver has been asked to notify
     */
    boolean fill(Virtqueue queue) {
        while (mergeable ? guestBytes < ahead : count == 0) {
            if (!take(queue)) {
                break;
            }
        }
        return count > 0;
    }

    private boolean take(Virtqueue queue) {
        if (count == CHAINS || endVector - firstVector >= MOST_PIECES) {
            return false;
        }
        int at = first + count & CHAINS - 1;
        if (chains[at] == null) {
            chains[at] = new DescriptorChain();
        }
        DescriptorChain chain = chains[at];
        if (!queue.next(chain)) {
            return false;
        }
        if (chain.readableLength() > 0 || chain.writableLength() < NetHeader.SIZE) {
            throw new VirtioException("a receive buffer of a network device with " + chain.readableLength()
                    + " readable and " + chain.writableLength() + " writable bytes");
        }
        count++;
        guestBytes += chain.writableLength();
        addVectors(chain);
        return true;
    }

    private void addVectors(DescriptorChain chain) {
        int pieces = chain.pieces();
        if (endVector + pieces >= VECTORS) {
            int bytes = (endVector - firstVector) * DescriptorChain.IOVEC_SIZE;
            vectors.put(0, vectors, firstVector * DescriptorChain.IOVEC_SIZE, bytes);
            endVector -= firstVector;
            firstVector = 0;
        }
        for (int i = 0; i < pieces; i++) {
            putVector(endVector++, chain.hostAddress(i), chain.length(i));
        }
        putVector(endVector, mapping.address() + VECTOR_BYTES, SPILL);
    }

    private void putVector(int index, long address, long length) {
        int at = index * DescriptorChain.IOVEC_SIZE;
        vectors.putLong(at, address);
        vectors.putLong(at + Long.BYTES, length);
    }

    @Override
    public long length() {
        return guestBytes + SPILL;
    }

    @Override
    public long vectorAddress() {
        return mapping.address() + (long) firstVector * DescriptorChain.IOVEC_SIZE;
    }

    @Override
    public int vectorCount() {
        return endVector - firstVector + 1;
    }

    @Override
    public int vectors(long offset, long length, ByteBuffer iovecs) {
        check(offset, length);
        int used = 0;
        long within = offset;
        long left = length;
        for (int at = firstVector * DescriptorChain.IOVEC_SIZE; left > 0; at += DescriptorChain.IOVEC_SIZE) {
            long size = vectors.getLong(at + Long.BYTES);
            if (within < size) {
                long chunk = Math.min(left, size - within);
                iovecs.putLong(used * DescriptorChain.IOVEC_SIZE, vectors.getLong(at) + within);
                iovecs.putLong(used * DescriptorChain.IOVEC_SIZE + Long.BYTES, chunk);
                used++;
                left -= chunk;
                within = 0;
            } else {
                within -= size;
            }
        }
        return used;
    }

    @Override
    public void write(long offset, ByteBuffer from, int index, int length) {
        check(offset, length);
        long within = offset;
        int done = 0;
        for (int i = 0; i < count && done < length; i++) {
            DescriptorChain chain = chains[first + i & CHAINS - 1];
            long size = chain.writableLength();
            if (within < size) {
                int chunk = (int) Math.min(length - done, size - within);
                chain.write(within, from, index + done, chunk);
                done += chunk;
                within = 0;
            } else {
                within -= size;
            }
        }
        spill.put((int) within, from, index + done, length - done);
    }

    private void check(long offset, long length) {
        if (offset < 0 || length < 0 || offset > length() || length > length() - offset) {
            throw new IndexOutOfBoundsException(length + " bytes from " + offset + " on, of " + length());
        }
    }

    /** Reads back what a frame begins with; the driver may have changed it. */
    long int64(int offset) {
        DescriptorChain chain = chains[first];
        if (chain.length(0) - Long.BYTES >= offset) {
            return ram.int64(chain.address(0) + offset);
        }
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value |= (long) int8(offset + i) << Byte.SIZE * i;
        }
        return value;
    }

    private int int8(int offset) {
        long within = offset;
        for (int i = 0; i < count; i++) {
            DescriptorChain chain = chains[first + i & CHAINS - 1];
            for (int piece = 0; piece < chain.pieces(); piece++) {
                if (within < chain.length(piece)) {
                    return ram.int8(chain.address(piece) + within);
                }
                within -= chain.length(piece);
            }
        }
        return spill.get((int) within) & 0xFF;
    }

    /** Clears the flags of the frame's header. */
    void clearFlags() {
        chains[first].writeInt8(NetHeader.FLAGS, 0);
    }

    /** Whether a frame of so many bytes can be delivered, now or later; without mergeable buffers one chain has to do. */
    boolean fits(int length) {
        return mergeable || length <= guestBytes;
    }

    /**
     * Gives the driver a frame that lies in the room and fits, and remembers how large it was.
     *
     * @return false when it waits for further chains: {@link #finish} goes on
     */
    boolean deliver(Virtqueue queue, int length) {
        if (length > guestBytes) {
            ahead = SPILL;
            small = 0;
            waiting = length;
            spillStart = guestBytes;
            return finish(queue);
        }
        if (length > FEW / 2) {
            small = 0;
        } else if (++small == CALM) {
            ahead = FEW;
        }
        complete(queue, length);
        return true;
    }

    /** Whether a frame waits for chains. */
    boolean isWaiting() {
        return waiting > 0;
    }

    /** Goes on with a frame that waits; returns whether it has been delivered. */
    boolean finish(Virtqueue queue) {
        while (guestBytes < waiting) {
            long start = guestBytes;
            if (!take(queue)) {
                return false;
            }
            DescriptorChain chain = chains[first + count - 1 & CHAINS - 1];
            int bytes = (int) Math.min(chain.writableLength(), waiting - start);
            chain.write(0, spill, (int) (start - spillStart), bytes);
        }
        int length = waiting;
        waiting = 0;
        complete(queue, length);
        return true;
    }

    /** Gives up a frame for which the driver can not add a chain, since its queue is full; returns whether it was such a one. */
    boolean giveUp(Virtqueue queue) {
        if (queue.inFlight() < queue.size() && endVector - firstVector < queue.size()) {
            return false;
        }
        waiting = 0;
        return true;
    }

    /** Bytes of the frame that waits. */
    int waiting() {
        return waiting;
    }

    /** The chains that a frame takes, all of them filled but the last; the driver sees them at once (5.1.6.4.1). */
    private void complete(Virtqueue queue, int length) {
        int used = 0;
        for (long bytes = 0; bytes < length; used++) {
            bytes += chains[first + used & CHAINS - 1].writableLength();
        }
        putBuffers(used);
        long left = length;
        for (int i = 0; i < used; i++) {
            DescriptorChain chain = chains[first];
            long size = chain.writableLength();
            queue.stage(chain, Math.min(left, size));
            left -= size;
            guestBytes -= size;
            firstVector += chain.pieces();
            first = first + 1 & CHAINS - 1;
        }
        count -= used;
        queue.publish();
    }

    private void putBuffers(int used) {
        DescriptorChain chain = chains[first];
        if (chain.length(0) >= NetHeader.SIZE) {
            ram.putInt16(chain.address(0) + NetHeader.NUM_BUFFERS, used);
        } else {
            chain.writeInt8(NetHeader.NUM_BUFFERS, used & 0xFF);
            chain.writeInt8(NetHeader.NUM_BUFFERS + 1, used >> Byte.SIZE);
        }
    }

    @Override
    public void close() {
        mapping.close();
    }
}
