package dev.jvmm.virtio.queue;

import dev.jvmm.state.StateWriter;
import java.util.BitSet;

/** Heads of chains: numbers below a queue's size. */
final class HeadSet {
    private final BitSet heads;
    private final int size;
    private int count;

    HeadSet(int size) {
        this.size = size;
        heads = new BitSet(size);
    }

    int count() {
        return count;
    }

    boolean contains(int head) {
        return heads.get(head);
    }

    /** The lowest; there is one. */
    int first() {
        return heads.nextSetBit(0);
    }

    /** Adds one that is below the size and not there; others change nothing. */
    void add(int head) {
        if (head < size && !heads.get(head)) {
            heads.set(head);
            count++;
        }
    }

    void remove(int head) {
        if (heads.get(head)) {
            heads.clear(head);
            count--;
        }
    }

    void clear() {
        heads.clear();
        count = 0;
    }

    void save(StateWriter out) {
        for (int head = first(); head >= 0; head = heads.nextSetBit(head + 1)) {
            out.int16(head);
        }
    }
}
