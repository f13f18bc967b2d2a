package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/** A message in one direct buffer, as a socket's transport has it. */
public final class BufferMessage implements Message {
    private final ByteBuffer buffer;

    /** The same bytes, whose limit nobody else sets. */
    private final ByteBuffer own;

    private final long address;

    /** Where the message begins in the buffer. */
    private int start;

    private int length;

    /** Of all of a direct buffer, from its first byte to its capacity, whatever its position and limit; they are left alone. */
    public BufferMessage(ByteBuffer direct) {
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("a message's buffer is a direct one");
        }
        buffer = direct;
        own = direct.duplicate().clear();
        address = NativeBuffers.address(direct);
        length = direct.capacity();
    }

    /** One of its own that is so long at most. */
    public static BufferMessage ofSize(int bytes) {
        return new BufferMessage(NativeBuffers.allocate(bytes));
    }

    /** The buffer behind it. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Says how many of the buffer's bytes there are. */
    public BufferMessage withLength(int bytes) {
        return at(0, bytes);
    }

    /** Says which of the buffer's bytes are the message. */
    public BufferMessage at(int position, int bytes) {
        if (position < 0 || bytes < 0 || position > buffer.capacity() || bytes > buffer.capacity() - position) {
            throw new IllegalArgumentException(
                    "a message of " + bytes + " bytes at " + position + " in " + buffer.capacity());
        }
        start = position;
        length = bytes;
        return this;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void read(int offset, ByteBuffer to) {
        int bytes = to.remaining();
        check(offset, bytes);
        to.put(to.position(), own, start + offset, bytes);
        to.position(to.position() + bytes);
    }

    @Override
    public void write(int offset, ByteBuffer from) {
        int bytes = from.remaining();
        check(offset, bytes);
        own.put(start + offset, from, from.position(), bytes);
        from.position(from.position() + bytes);
    }

    @Override
    public int vectors(int offset, int bytes, IoVectors into) {
        check(offset, bytes);
        into.clear();
        into.add(address + start + offset, bytes);
        return into.count();
    }

    private void check(int offset, int bytes) {
        if (offset < 0 || bytes < 0 || offset > length || bytes > length - offset) {
            throw new IndexOutOfBoundsException(bytes + " bytes at " + offset + " of a message of " + length);
        }
    }
}
