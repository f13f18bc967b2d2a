package dev.jvmm.virtio.queue;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One buffer that the driver made available: pieces for the device to read, then pieces for it to write. Every piece was checked and lies
 * wholly in RAM; what the bytes say is the guest's and may change at any time, so read each field once.
 *
 * <p>Made once and filled by {@link Virtqueue#next} again and again; nothing here allocates, but for the arrays' growth to the longest
 * chain seen. Guarded as its queue is. Offsets count through the device-readable part or through the device-writable part as if it were
 * one piece.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.7.4, 2.7.5
 */
public final class DescriptorChain {
    /** Bytes of the kernel's {@code struct iovec}: address, length. */
    public static final int IOVEC_SIZE = 16;

    private static final int FIRST = 8;

    /** The most that all pieces hold together: used lengths have 32 bits (2.7.5.2). */
    private static final long MOST_BYTES = 0xFFFF_FFFFL;

    private long[] addresses = new long[FIRST];
    private long[] lengths = new long[FIRST];
    private int pieces;
    private int readable;
    private long readableLength;
    private long writableLength;
    private int head;
    private GuestRam ram;

    /** The queue that waits for this chain's completion; null when none does. */
    Virtqueue queue;

    /** An empty chain. */
    public DescriptorChain() {}

    void begin(GuestRam memory, int headIndex) {
        ram = memory;
        head = headIndex;
        pieces = 0;
        readable = 0;
        readableLength = 0;
        writableLength = 0;
    }

    /** Adds a piece that the driver named. */
    void add(long address, long length, boolean writable) {
        if (!writable && pieces > readable) {
            throw new VirtioException("a device-readable buffer follows a device-writable one");
        }
        if (length > MOST_BYTES - readableLength - writableLength) {
            throw new VirtioException("a descriptor chain of 4 GiB or more");
        }
        if (!ram.contains(address, length)) {
            throw new VirtioException(
                    "a buffer of " + length + " bytes at 0x" + Long.toHexString(address) + " is not RAM");
        }
        if (pieces == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * pieces);
            lengths = Arrays.copyOf(lengths, 2 * pieces);
        }
        addresses[pieces] = address;
        lengths[pieces++] = length;
        if (writable) {
            writableLength += length;
        } else {
            readable = pieces;
            readableLength += length;
        }
    }

    /** Lets go of a chain without completing it; it stays in flight for its queue. */
    public void abandon() {
        queue = null;
    }

    /** The index of the first descriptor, which names the chain in the rings. */
    public int head() {
        return head;
    }

    /** All pieces; those of no bytes are left out. */
    public int pieces() {
        return pieces;
    }

    /** How many pieces the device may read: the first ones. The others it may write. */
    public int readablePieces() {
        return readable;
    }

    /** Guest-physical address of a piece. */
    public long address(int piece) {
        return addresses[checked(piece)];
    }

    /** Bytes of a piece, above 0 and below 2^32. */
    public long length(int piece) {
        return lengths[checked(piece)];
    }

    /** Where a piece lies in this process, for calls of the kernel; valid as long as guest memory is. */
    public long hostAddress(int piece) {
        return ram.hostAddress(addresses[checked(piece)], lengths[piece]);
    }

    private int checked(int piece) {
        if (piece < 0 || piece >= pieces) {
            throw new IndexOutOfBoundsException("piece " + piece + " of " + pieces);
        }
        return piece;
    }

    /** Bytes of the device-readable part, below 2^32. */
    public long readableLength() {
        return readableLength;
    }

    /** Bytes of the device-writable part, below 2^32. */
    public long writableLength() {
        return writableLength;
    }

    /** One readable byte, 0 to 255. */
    public int int8(long offset) {
        return (int) field(offset, Byte.BYTES);
    }

    /** 16 readable bits, 0 to 65535. */
    public int int16(long offset) {
        return (int) field(offset, Short.BYTES);
    }

    /** 32 readable bits. */
    public int int32(long offset) {
        return (int) field(offset, Integer.BYTES);
    }

    /** 64 readable bits. */
    public long int64(long offset) {
        return field(offset, Long.BYTES);
    }

    private long field(long offset, int size) {
        checkReadable(offset, size);
        int piece = 0;
        long within = offset;
        while (within >= lengths[piece]) {
            within -= lengths[piece++];
        }
        if (size <= lengths[piece] - within) {
            return whole(addresses[piece] + within, size);
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            while (within == lengths[piece]) {
                within = 0;
                piece++;
            }
            value |= (long) ram.int8(addresses[piece] + within++) << 8 * i;
        }
        return value;
    }

    private long whole(long address, int size) {
        return switch (size) {
            case Byte.BYTES -> ram.int8(address);
            case Short.BYTES -> ram.int16(address);
            case Integer.BYTES -> ram.int32(address) & 0xFFFF_FFFFL;
            default -> ram.int64(address);
        };
    }

    /** Copies readable bytes to an index of a buffer, whose position stays. */
    public void read(long offset, ByteBuffer into, int index, int length) {
        checkReadable(offset, length);
        copy(0, offset, into, index, length, false);
    }

    /** Copies readable bytes into an array. */
    public void read(long offset, byte[] into, int index, int length) {
        checkReadable(offset, length);
        int piece = 0;
        long within = offset;
        for (int done = 0; done < length;) {
            while (within >= lengths[piece]) {
                within -= lengths[piece++];
            }
            int chunk = (int) Math.min(length - done, lengths[piece] - within);
            ram.read(addresses[piece] + within, into, index + done, chunk);
            within += chunk;
            done += chunk;
        }
    }

    /** Copies from an index of a buffer, whose position stays, into the writable part. */
    public void write(long offset, ByteBuffer from, int index, int length) {
        checkWritable(offset, length);
        copy(readable, offset, from, index, length, true);
    }

    /** Copies from an array into the writable part. */
    public void write(long offset, byte[] from, int index, int length) {
        checkWritable(offset, length);
        int piece = readable;
        long within = offset;
        for (int done = 0; done < length;) {
            while (within >= lengths[piece]) {
                within -= lengths[piece++];
            }
            int chunk = (int) Math.min(length - done, lengths[piece] - within);
            ram.write(addresses[piece] + within, from, index + done, chunk);
            within += chunk;
            done += chunk;
        }
    }

    private void copy(int first, long offset, ByteBuffer other, int index, int length, boolean toGuest) {
        int piece = first;
        long within = offset;
        for (int done = 0; done < length;) {
            while (within >= lengths[piece]) {
                within -= lengths[piece++];
            }
            int chunk = (int) Math.min(length - done, lengths[piece] - within);
            if (toGuest) {
                ram.write(addresses[piece] + within, other, index + done, chunk);
            } else {
                ram.read(addresses[piece] + within, other, index + done, chunk);
            }
            within += chunk;
            done += chunk;
        }
    }

    /** Writes one byte, such as a status, into the writable part. */
    public void writeInt8(long offset, int value) {
        checkWritable(offset, Byte.BYTES);
        int piece = readable;
        long within = offset;
        while (within >= lengths[piece]) {
            within -= lengths[piece++];
        }
        ram.putInt8(addresses[piece] + within, value);
    }

    /**
     * Names readable bytes as {@code struct iovec}s, written from the buffer's start.
     *
     * @param iovecs in the host's byte order, with room for {@link #readablePieces}
     * @return how many there are
     */
    public int readableVectors(long offset, long length, ByteBuffer iovecs) {
        checkReadable(offset, length);
        return vectors(0, offset, length, iovecs);
    }

    /** As {@link #readableVectors}, of the writable part. */
    public int writableVectors(long offset, long length, ByteBuffer iovecs) {
        checkWritable(offset, length);
        return vectors(readable, offset, length, iovecs);
    }

    private int vectors(int first, long offset, long length, ByteBuffer iovecs) {
        int count = 0;
        long within = offset;
        long left = length;
        for (int piece = first; left > 0; piece++) {
            long size = lengths[piece];
            if (within < size) {
                long chunk = Math.min(left, size - within);
                iovecs.putLong(count * IOVEC_SIZE, ram.hostAddress(addresses[piece] + within, chunk));
                iovecs.putLong(count * IOVEC_SIZE + Long.BYTES, chunk);
                count++;
                left -= chunk;
                within = 0;
            } else {
                within -= size;
            }
        }
        return count;
    }

    private void checkReadable(long offset, long length) {
        if (offset < 0 || length < 0 || offset > readableLength || length > readableLength - offset) {
            throw new VirtioException(
                    "a request of " + readableLength + " readable bytes, of which " + length + " from "
                            + offset + " are needed");
        }
    }

    private void checkWritable(long offset, long length) {
        if (offset < 0 || length < 0 || offset > writableLength || length > writableLength - offset) {
            throw new VirtioException(
                    "a request of " + writableLength + " writable bytes, of which " + length + " from "
                            + offset + " are needed");
        }
    }
}
