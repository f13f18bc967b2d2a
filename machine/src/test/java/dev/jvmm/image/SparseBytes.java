package dev.jvmm.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** An image of zeros, but for some places. */
final class SparseBytes implements ImageBytes {
    private final TreeMap<Long, byte[]> places = new TreeMap<>();
    private final long size;

    SparseBytes(long size) {
        this.size = size;
    }

    void put(long offset, ByteBuffer bytes) {
        byte[] copy = new byte[bytes.capacity()];
        bytes.get(0, copy);
        places.put(offset, copy);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public ByteBuffer read(long offset, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        for (Map.Entry<Long, byte[]> place : places.entrySet()) {
            for (int i = 0; i < place.getValue().length; i++) {
                long at = place.getKey() + i - offset;
                if (at >= 0 && at < length && place.getKey() + i < size) {
                    bytes.put((int) at, place.getValue()[i]);
                }
            }
        }
        return bytes;
    }
}
