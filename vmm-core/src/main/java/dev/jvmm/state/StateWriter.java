package dev.jvmm.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes a record, little-endian. Not for several threads at once. */
public final class StateWriter {
    private static final int FIRST = 256;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST).order(ByteOrder.LITTLE_ENDIAN);

    /** An empty record. */
    public StateWriter() {}

    /** One byte: 1 or 0. */
    public StateWriter bool(boolean value) {
        return int8(value ? 1 : 0);
    }

    /** The low 8 bits. */
    public StateWriter int8(int value) {
        room(Byte.BYTES).put((byte) value);
        return this;
    }

    /** The low 16 bits. */
    public StateWriter int16(int value) {
        room(Short.BYTES).putShort((short) value);
        return this;
    }

    /** 32 bits. */
    public StateWriter int32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    /** 64 bits. */
    public StateWriter int64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    /** A 32-bit length and the bytes. */
    public StateWriter bytes(byte[] value) {
        int32(value.length);
        room(value.length).put(value);
        return this;
    }

    /** A 32-bit length and what remains in a buffer, whose position moves to its limit. */
    public StateWriter bytes(ByteBuffer value) {
        int32(value.remaining());
        room(value.remaining()).put(value);
        return this;
    }

    /** What has been written so far. */
    public byte[] bytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int size = Math.max(buffer.capacity() * 2, Math.addExact(buffer.position(), bytes));
            buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), size)).order(ByteOrder.LITTLE_ENDIAN)
                    .position(buffer.position());
        }
        return buffer;
    }
}
