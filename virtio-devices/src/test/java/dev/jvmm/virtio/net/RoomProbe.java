package dev.jvmm.virtio.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** What a room says of itself. */
final class RoomProbe {
    long length;
    long[] lengths;
    long[] addresses;

    /** 100 bytes from 5 on. */
    long[] part;

    long partStart;

    void look(ReceiveRoom room) {
        length = room.length();
        ByteBuffer iovecs = ByteBuffer.allocate(16 * room.vectorCount()).order(ByteOrder.nativeOrder());
        int count = room.vectors(0, length, iovecs);
        if (count != room.vectorCount()) {
            throw new AssertionError(count + " of " + room.vectorCount() + " iovecs");
        }
        lengths = new long[count];
        addresses = new long[count];
        for (int i = 0; i < count; i++) {
            addresses[i] = iovecs.getLong(16 * i);
            lengths[i] = iovecs.getLong(16 * i + 8);
        }
        count = room.vectors(5, 100, iovecs);
        partStart = iovecs.getLong(0);
        part = new long[count];
        Arrays.setAll(part, i -> iovecs.getLong(16 * i + 8));
    }
}
