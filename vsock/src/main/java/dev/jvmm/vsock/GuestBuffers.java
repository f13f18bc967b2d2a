package dev.jvmm.vsock;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.ByteBuffer;

/**
 * The driver's receive buffers, taken ahead so that one call reads a burst into many of them: each begins with a header, which is written
 * when it is known how much has come. Guarded by the device's lock.
 */
final class GuestBuffers {
    /** Chains taken ahead; a power of two. */
    private static final int AHEAD = 64;

    /** Places for iovecs. */
    private static final int VECTORS = 512;

    private final ByteBuffer vectors = NativeBuffers.allocate(VECTORS * DescriptorChain.IOVEC_SIZE);
    private final long vectorsAddress = NativeBuffers.address(vectors);
    private final ByteBuffer header = NativeBuffers.allocate(Packet.HEADER);
    private final DescriptorChain[] chains = new DescriptorChain[AHEAD];
    private int first;
    private int count;

    /** Bytes of data for which the chains have room. */
    private long room;

    private Virtqueue queue;
    private long guest;

    /** Begins with a new driver. */
    void begin(Virtqueue live, long guestCid) {
        clear();
        queue = live;
        guest = guestCid;
    }

    /** Forgets all chains; those of a live queue stay in flight for it. */
    void clear() {
        for (int i = 0; i < count; i++) {
            chains[first + i & AHEAD - 1].abandon();
        }
        first = 0;
        count = 0;
        room = 0;
        queue = null;
    }

    /** Gives all chains back to a driver that wants its queue back. */
    void giveBack() {
        while (count > 0) {
            complete(0);
        }
        queue.publish();
        queue.flush();
    }

    /** Whether there is a chain; otherwise the driver has been asked to notify. */
    boolean any() {
        return count > 0 || take();
    }

    private boolean take() {
        if (count == AHEAD) {
            return false;
        }
        int at = first + count & AHEAD - 1;
        if (chains[at] == null) {
            chains[at] = new DescriptorChain();
        }
        DescriptorChain chain = chains[at];
        if (!queue.next(chain)) {
            return false;
        }
        if (chain.readableLength() > 0 || chain.writableLength() <= Packet.HEADER) {
            throw new VirtioException("a receive buffer of a vsock device with " + chain.readableLength()
                    + " readable and " + chain.writableLength() + " writable bytes");
        }
        count++;
        room += chain.writableLength() - Packet.HEADER;
        return true;
    }

    /**
     * Names the room for data, with more chains taken if need be, at {@link #vectorsAddress}.
     *
     * @param most bytes, above 0
     * @return how many iovecs, 1 or more
     */
    int vectors(long most) {
        while (room < most && take()) {
            // further ones
        }
        int used = 0;
        long left = most;
        for (int i = 0; i < count && left > 0; i++) {
            DescriptorChain chain = chains[first + i & AHEAD - 1];
            long skip = Packet.HEADER;
            for (int piece = 0; piece < chain.pieces() && left > 0; piece++) {
                long length = chain.length(piece);
                if (skip >= length) {
                    skip -= length;
                    continue;
                }
                if (used == VECTORS) {
                    return used;
                }
                long chunk = Math.min(left, length - skip);
                vectors.putLong(used * DescriptorChain.IOVEC_SIZE, chain.hostAddress(piece) + skip);
                vectors.putLong(used++ * DescriptorChain.IOVEC_SIZE + Long.BYTES, chunk);
                left -= chunk;
                skip = 0;
            }
        }
        return used;
    }

    /** Where {@link #vectors} wrote. */
    long vectorsAddress() {
        return vectorsAddress;
    }

    /** How many bytes the iovecs of the last {@link #vectors} name. */
    long named(int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += vectors.getLong(i * DescriptorChain.IOVEC_SIZE + Long.BYTES);
        }
        return bytes;
    }

    /**
     * Copies data into the room, from an index of a buffer.
     *
     * @return how much of it there was room for
     */
    int copy(ByteBuffer from, int index, int length) {
        while (room < length && take()) {
            // further ones
        }
        int done = 0;
        for (int i = 0; i < count && done < length; i++) {
            DescriptorChain chain = chains[first + i & AHEAD - 1];
            int chunk = (int) Math.min(length - done, chain.writableLength() - Packet.HEADER);
            chain.write(Packet.HEADER, from, index + done, chunk);
            done += chunk;
        }
        return done;
    }

    /** Begins a packet from a port of the host's to one of the guest's: its header, without operation, length and flags. */
    private void address(long hostCid, int hostPort, int guestPort, int type) {
        header.putLong(Packet.SRC_CID, hostCid).putLong(Packet.DST_CID, guest);
        header.putInt(Packet.SRC_PORT, hostPort).putInt(Packet.DST_PORT, guestPort);
        header.putShort(Packet.TYPE, (short) type);
    }

    /** Sends what was put into the room: a packet in each chain. The last one has the flags. */
    void data(Connection connection, int length, int flags) {
        address(Packet.HOST, connection.hostPort, connection.guestPort, connection.type());
        header.putShort(Packet.OPERATION, (short) Packet.RW);
        header.putInt(Packet.BUF_ALLOC, connection.credit.room).putInt(Packet.FWD_CNT, connection.credit.tell());
        int left = length;
        do {
            int chunk = (int) Math.min(left, chains[first].writableLength() - Packet.HEADER);
            left -= chunk;
            header.putInt(Packet.LENGTH, chunk).putInt(Packet.FLAGS, left == 0 ? flags : 0);
            chains[first].write(0, header, 0, Packet.HEADER);
            complete(Packet.HEADER + chunk);
        } while (left > 0);
        queue.publish();
    }

    /** Sends a packet without data. */
    void control(Connection connection, int operation, int flags) {
        header.putInt(Packet.BUF_ALLOC, connection.credit.room).putInt(Packet.FWD_CNT, connection.credit.tell());
        control(Packet.HOST, connection.hostPort, connection.guestPort, connection.type(), operation, flags);
    }

    /** Refuses something for which there is no connection. */
    void reset(long hostCid, int hostPort, int guestPort, int type) {
        header.putInt(Packet.BUF_ALLOC, 0).putInt(Packet.FWD_CNT, 0);
        control(hostCid, hostPort, guestPort, type, Packet.RST, 0);
    }

    private void control(long hostCid, int hostPort, int guestPort, int type, int operation, int flags) {
        address(hostCid, hostPort, guestPort, type);
        header.putShort(Packet.OPERATION, (short) operation).putInt(Packet.LENGTH, 0).putInt(Packet.FLAGS, flags);
        chains[first].write(0, header, 0, Packet.HEADER);
        complete(Packet.HEADER);
        queue.publish();
    }

    private void complete(long written) {
        DescriptorChain chain = chains[first];
        room -= chain.writableLength() - Packet.HEADER;
        queue.stage(chain, written);
        first = first + 1 & AHEAD - 1;
        count--;
    }
}
