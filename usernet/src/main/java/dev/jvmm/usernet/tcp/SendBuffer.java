package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * What the guest has not acknowledged: the buffers that the host's socket was read into, each with room for a header in front.
 * A piece from a buffer's start goes to the guest as a slice of it, the header beside the payload. That works once for each
 * buffer, since a header must not change under a packet that still waits; whatever else is sent, again or from the middle or
 * from several, is copied.
 */
final class SendBuffer {
    /** Bytes in front of a buffer's payload: a header, and the rest keeps the payload aligned. */
    static final int HEADROOM = 64;

    /** Reads of no more than this go behind what the last buffer has, if there is room. */
    private static final int JOIN = 4096;

    /** The least buffer that a short read is moved to. */
    private static final int SHORT = 2048;

    /** Buffers of this size are worth being sent as they are. */
    private static final int LARGE = 16 << 10;

    private static final int FIRST_CHUNKS = 8;

    private ByteBuf[] chunks = new ByteBuf[FIRST_CHUNKS];

    /** Sequence number of each chunk's first byte. */
    private int[] starts = new int[FIRST_CHUNKS];

    /** Whether a chunk's room for a header was used, or is none. */
    private boolean[] used = new boolean[FIRST_CHUNKS];
    private int first;
    private int count;
    private int end;
    private int held;

    void start(int sequence) {
        end = sequence;
    }

    /** Sequence number behind the last byte. */
    int end() {
        return end;
    }

    /** Bytes of memory in use. */
    int held() {
        return held;
    }

    int chunks() {
        return count;
    }

    /** Takes over what was read. */
    void append(ByteBuf data) {
        int length = data.readableBytes();
        if (length == 0) {
            data.release();
            return;
        }
        if (length <= JOIN && count > 0) {
            ByteBuf last = chunks[slot(count - 1)];
            if (last.writableBytes() >= length) {
                last.writeBytes(data);
                data.release();
                end += length;
                return;
            }
        }
        push(wasteful(data, length) ? moved(data, length) : data);
        end += length;
    }

    /** More than half of it empty: whoever never acknowledges would keep much more than its share. */
    private static boolean wasteful(ByteBuf data, int length) {
        return data.capacity() > SHORT && data.capacity() - length > length;
    }

    private static ByteBuf moved(ByteBuf data, int length) {
        ByteBuf moved = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(HEADROOM + length, SHORT));
        moved.setIndex(HEADROOM, HEADROOM);
        moved.writeBytes(data);
        data.release();
        return moved;
    }

    private void push(ByteBuf chunk) {
        if (count == chunks.length) {
            grow();
        }
        int slot = slot(count++);
        chunks[slot] = chunk;
        starts[slot] = end;
        used[slot] = chunk.readerIndex() < TcpSegment.HEADER;
        held += chunk.capacity();
    }

    private void grow() {
        int size = chunks.length;
        ByteBuf[] newChunks = new ByteBuf[size * 2];
        int[] newStarts = new int[size * 2];
        boolean[] newUsed = new boolean[size * 2];
        for (int i = 0; i < count; i++) {
            int slot = slot(i);
            newChunks[i] = chunks[slot];
            newStarts[i] = starts[slot];
            newUsed[i] = used[slot];
        }
        chunks = newChunks;
        starts = newStarts;
        used = newUsed;
        first = 0;
    }

    /** Lets go of what lies wholly before a number. */
    void release(int una) {
        while (count > 0) {
            int chunkEnd = count == 1 ? end : starts[slot(1)];
            if (Seq.after(chunkEnd, una)) {
                return;
            }
            drop();
        }
    }

    void releaseAll() {
        while (count > 0) {
            drop();
        }
    }

    private void drop() {
        ByteBuf chunk = chunks[first];
        chunks[first] = null;
        first = first + 1 & chunks.length - 1;
        count--;
        held -= chunk.capacity();
        chunk.release();
    }

    /**
     * How many bytes to send best in one piece.
     *
     * @param sequence of a byte that is here
     * @param most 1 or more
     * @return up to {@code most}: less when it is better to begin the next piece with a large buffer that was not sent yet
     */
    int piece(int sequence, int most) {
        int length = Math.min(most, end - sequence);
        for (int i = indexOf(sequence) + 1; i < count; i++) {
            int slot = slot(i);
            int before = starts[slot] - sequence;
            if (before >= length) {
                return length;
            }
            if (!used[slot] && chunks[slot].readableBytes() >= LARGE) {
                return before;
            }
        }
        return length;
    }

    /**
     * A packet with {@link TcpSegment#HEADER} bytes for the header and then these bytes, for the caller to fill in and release.
     *
     * @param length 1 or more, all of it here
     */
    ByteBuf packet(int sequence, int length) {
        int index = indexOf(sequence);
        int slot = slot(index);
        ByteBuf chunk = chunks[slot];
        int offset = sequence - starts[slot];
        if (offset == 0 && !used[slot] && length <= chunk.readableBytes()) {
            return chunk.retainedSlice(chunk.readerIndex() - TcpSegment.HEADER, TcpSegment.HEADER + length);
        }
        ByteBuf packet = PooledByteBufAllocator.DEFAULT.directBuffer(TcpSegment.HEADER + length);
        packet.writerIndex(TcpSegment.HEADER);
        int left = length;
        while (left > 0) {
            chunk = chunks[slot(index++)];
            int bytes = Math.min(left, chunk.readableBytes() - offset);
            packet.writeBytes(chunk, chunk.readerIndex() + offset, bytes);
            left -= bytes;
            offset = 0;
        }
        return packet;
    }

    /** A packet from here on has gone to the guest, and may still be waiting to be read. */
    void sent(int sequence) {
        int slot = slot(indexOf(sequence));
        if (starts[slot] == sequence) {
            used[slot] = true;
        }
    }

    private int indexOf(int sequence) {
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (Seq.after(starts[slot(middle)], sequence)) {
                high = middle - 1;
            } else {
                low = middle;
            }
        }
        return low;
    }

    private int slot(int index) {
        return first + index & chunks.length - 1;
    }
}
