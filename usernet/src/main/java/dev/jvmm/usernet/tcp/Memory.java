package dev.jvmm.usernet.tcp;

/** What all connections of a stack hold together, in bytes, against their limit. */
final class Memory {
    /** What a buffer costs besides its bytes: the object and its place in a queue. A guest may send one byte at a time. */
    static final int BUFFER = 256;

    private final long most;
    private final int floor;
    private long used;

    Memory(long most, int floor) {
        this.most = most;
        this.floor = floor;
    }

    long used() {
        return used;
    }

    /** A connection holds so many bytes more, or less. */
    void change(long bytes) {
        used += bytes;
    }

    boolean exhausted() {
        return used >= most;
    }

    /** How many bytes more a connection may hold that holds so many one way. */
    long grant(long held) {
        return Math.max(0, Math.max(most - used, floor - held));
    }
}
