package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.virtio.ninep.server.BufferMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * What has come of a stream, and the messages in it, each of which stays where it was read to. One read takes a whole message, and short
 * ones behind it.
 */
final class Arrivals {
    /** Bytes behind a message that are read with it, at most: more would have to be moved when the next one is long. */
    private static final int BEHIND = 4096;

    private static final int SIZE_BYTES = 4;
    private static final int HEADER_BYTES = 7;
    private static final int TYPE = 4;
    private static final int TAG = 5;
    private static final int FIELDS = 7;
    private static final int T_FSYNC = 50;
    private static final int T_LOCK = 52;
    private static final int LOCK_FLAGS = 12;
    private static final int LOCK_BYTES = 16;
    private static final int LOCK_WAITS = 1;
    private static final int T_FLUSH = 108;
    private static final int FLUSH_BYTES = 9;

    /** No tag. */
    static final int NONE = -1;

    private final ByteBuffer bytes;
    private final BufferMessage message;

    /** Of the message at hand, or of what follows the last one. */
    private int start;

    /** The message's; 0 where none is at hand. */
    private int size;

    /** What has to come before the next message is whole; below 0 where there can be none. */
    private int needed;

    /** Of all that was read. */
    private int end;

    /** The last message's: the next one is often as long. */
    private int usual = SIZE_BYTES;

    /** In a little-endian direct buffer, as large as the longest message. */
    Arrivals(ByteBuffer bytes) {
        this.bytes = bytes;
        message = new BufferMessage(bytes);
    }

    /** Waits for the next message; false at the stream's end, or where no message can be. The one before is over. */
    boolean await(ReadableByteChannel channel) throws IOException {
        done();
        while (!find()) {
            if (needed < 0 || read(channel, Math.max(needed, usual)) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Takes up the next message if all of it is there. The one before is over. */
    boolean next() {
        done();
        return find();
    }

    /** Whether there is a whole message, which is at hand then. */
    private boolean find() {
        int there = end - start;
        if (there < SIZE_BYTES) {
            needed = SIZE_BYTES;
            return false;
        }
        int told = bytes.getInt(start);
        needed = told >= HEADER_BYTES && told <= bytes.capacity() ? told : -1;
        if (needed < 0 || told > there) {
            return false;
        }
        size = told;
        usual = told;
        message.at(start, told);
        return true;
    }

    private int read(ReadableByteChannel channel, int wanted) throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        } else if (wanted > bytes.capacity() - start) {
            bytes.put(0, bytes, start, end - start);
            end -= start;
            start = 0;
        }
        int room = Math.min(bytes.capacity() - start, wanted + BEHIND);
        int count = channel.read(bytes.limit(start + room).position(end));
        bytes.clear();
        end += Math.max(0, count);
        return count;
    }

    /** Ends the message at hand. */
    void done() {
        start += size;
        size = 0;
    }

    /** Whether more has come than the message at hand. */
    boolean hasMore() {
        return end - start > size;
    }

    /** Moves what is behind another's message here, where there is nothing. */
    void adopt(Arrivals other) {
        int from = other.start + other.size;
        start = 0;
        size = 0;
        end = other.end - from;
        bytes.put(0, other.bytes, from, end);
        other.end = from;
    }

    BufferMessage message() {
        return message;
    }

    int tag() {
        return bytes.getShort(start + TAG) & 0xFFFF;
    }

    /** The tag of the message that this one flushes; {@link #NONE} where it is another one. */
    int flushed() {
        boolean flush = bytes.get(start + TYPE) == T_FLUSH && size >= FLUSH_BYTES;
        return flush ? bytes.getShort(start + FIELDS) & 0xFFFF : NONE;
    }

    /** Whether the answer is known to take its time: of what waits for a disk, or for a lock. */
    boolean isSlow() {
        int type = bytes.get(start + TYPE);
        return type == T_FSYNC
                || type == T_LOCK && size >= LOCK_BYTES && (bytes.get(start + LOCK_FLAGS) & LOCK_WAITS) != 0;
    }
}
