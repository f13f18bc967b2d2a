package dev.jvmm.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a record, little-endian. Each method throws a {@link StateException} that names the record where it is too short. Not for several
 * threads at once.
 */
public final class StateReader {
    private final String name;
    private final int version;
    private final ByteBuffer buffer;

    /** Reads these bytes, which are not copied. */
    public StateReader(String name, int version, byte[] bytes) {
        this.name = name;
        this.version = version;
        this.buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The version that the record was written as. */
    public int version() {
        return version;
    }

    /** One byte that must be 1 or 0. */
    public boolean bool() {
        return int8(0, 1) == 1;
    }

    /** 8 bits, 0 to 255. */
    public int int8() {
        return Byte.toUnsignedInt(need(Byte.BYTES).get());
    }

    /** 8 bits that must lie in a range, both ends included. */
    public int int8(int least, int most) {
        return (int) inRange(int8(), least, most);
    }

    /** 16 bits, 0 to 65535. */
    public int int16() {
        return Short.toUnsignedInt(need(Short.BYTES).getShort());
    }

    /** 32 bits, signed. */
    public int int32() {
        return need(Integer.BYTES).getInt();
    }

    /** 32 bits that must lie in a range, both ends included. */
    public int int32(int least, int most) {
        return (int) inRange(int32(), least, most);
    }

    /** 64 bits. */
    public long int64() {
        return need(Long.BYTES).getLong();
    }

    /** 64 bits that must lie in a range, both ends included. */
    public long int64(long least, long most) {
        return inRange(int64(), least, most);
    }

    /** Bytes behind their 32-bit length, of which there are at most {@code most}. */
    public byte[] bytes(int most) {
        byte[] value = new byte[lengthOfBytes(most)];
        buffer.get(value);
        return value;
    }

    /** Bytes behind their 32-bit length, which must fill {@code into} from its position to its limit. */
    public void bytes(ByteBuffer into) {
        int length = lengthOfBytes(into.remaining());
        if (length != into.remaining()) {
            throw bad("has " + length + " bytes where " + into.remaining() + " belong");
        }
        into.put(into.position(), buffer, buffer.position(), length);
        into.position(into.limit());
        buffer.position(buffer.position() + length);
    }

    /** Complains unless all has been read. */
    public void end() {
        if (buffer.hasRemaining()) {
            throw bad("has " + buffer.remaining() + " bytes too many");
        }
    }

    /** The exception for a value that can not be. */
    public StateException bad(String what) {
        return new StateException("the state of " + name + " " + what);
    }

    private int lengthOfBytes(int most) {
        int length = (int) inRange(int32(), 0, most);
        need(length);
        return length;
    }

    private long inRange(long value, long least, long most) {
        if (value < least || value > most) {
            throw bad("says " + value + " where " + least + " to " + most + " is possible");
        }
        return value;
    }

    private ByteBuffer need(int bytes) {
        if (buffer.remaining() < bytes) {
            throw bad("is cut short");
        }
        return buffer;
    }
}
