package dev.jvmm.vsock;

import java.util.Arrays;

/** RST packets that wait for a buffer of the driver's. Guarded by the device's lock. */
final class Refusals {
    /** With so many the driver's packets wait, until it has taken some: the one thing that would let this grow without end. */
    private static final int MANY = 256;

    private static final int FIRST = 16;

    private long[] cids = new long[FIRST];
    private long[] ports = new long[FIRST];
    private int[] types = new int[FIRST];
    private int first;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    boolean areMany() {
        return count >= MANY;
    }

    void add(long hostCid, int hostPort, int guestPort, int type) {
        if (count == types.length) {
            cids = Arrays.copyOf(unrolled(cids), 2 * count);
            ports = Arrays.copyOf(unrolled(ports), 2 * count);
            int[] rolled = new int[2 * count];
            for (int i = 0; i < count; i++) {
                rolled[i] = types[first + i & count - 1];
            }
            types = rolled;
            first = 0;
        }
        int at = first + count++ & types.length - 1;
        cids[at] = hostCid;
        ports[at] = (long) hostPort << 32 | guestPort & 0xFFFF_FFFFL;
        types[at] = type;
    }

    private long[] unrolled(long[] ring) {
        long[] straight = new long[count];
        for (int i = 0; i < count; i++) {
            straight[i] = ring[first + i & count - 1];
        }
        return straight;
    }

    /** Sends the first; there is one, and a buffer. */
    void send(GuestBuffers buffers) {
        buffers.reset(cids[first], (int) (ports[first] >>> 32), (int) ports[first], types[first]);
        first = first + 1 & types.length - 1;
        count--;
    }

    void clear() {
        count = 0;
    }
}
