package dev.jvmm.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A device's configuration space: little-endian bytes and a generation that counts changes. Guarded by the device's lock. The driver
 * reads any size at any alignment; what lies behind the end reads as zero.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.5
 */
public final class ConfigSpace {
    private final ByteBuffer bytes;
    private int generation;

    /** Zeroes. */
    public ConfigSpace(int size) {
        bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes. */
    public int size() {
        return bytes.capacity();
    }

    /** Differs after every change. */
    public int generation() {
        return generation;
    }

    /** 8 bits at an offset, 0 to 255. */
    public int int8(int offset) {
        return bytes.get(offset) & 0xFF;
    }

    /** 16 bits at an offset, 0 to 65535. */
    public int int16(int offset) {
        return bytes.getShort(offset) & 0xFFFF;
    }

    /** 32 bits at an offset. */
    public int int32(int offset) {
        return bytes.getInt(offset);
    }

    /** 64 bits at an offset. */
    public long int64(int offset) {
        return bytes.getLong(offset);
    }

    /** Changes 8 bits. */
    public ConfigSpace putInt8(int offset, int value) {
        bytes.put(offset, (byte) value);
        generation++;
        return this;
    }

    /** Changes 16 bits. */
    public ConfigSpace putInt16(int offset, int value) {
        bytes.putShort(offset, (short) value);
        generation++;
        return this;
    }

    /** Changes 32 bits. */
    public ConfigSpace putInt32(int offset, int value) {
        bytes.putInt(offset, value);
        generation++;
        return this;
    }

    /** Changes 64 bits. */
    public ConfigSpace putInt64(int offset, long value) {
        bytes.putLong(offset, value);
        generation++;
        return this;
    }

    /** Changes bytes. */
    public ConfigSpace put(int offset, byte[] value) {
        bytes.put(offset, value);
        generation++;
        return this;
    }

    /**
     * What the driver reads.
     *
     * @param offset not negative
     * @param size 1, 2, 4 or 8 bytes
     */
    public long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size && offset + i < bytes.capacity(); i++) {
            value |= (bytes.get((int) offset + i) & 0xFFL) << 8 * i;
        }
        return value;
    }

    /** Sets the generation, after a restore: the driver may be in the middle of a read. */
    public void restoreGeneration(int value) {
        generation = value;
    }
}
