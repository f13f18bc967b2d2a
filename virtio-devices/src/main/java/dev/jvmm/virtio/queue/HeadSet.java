package dev.jvmm.virtio.queue;

import dev.jvmm.state.StateWriter;
import java.util.Arrays;

/** Heads of chains: numbers below a queue's size. */
final class HeadSet {
    private static final int WORD = 6;

    /** Plain words: a request touches them four times. */
    private final long[] heads;

    private final int size;
    private int count;

    HeadSet(int size) {
        this.size = size;
        heads = new long[size + Long.SIZE - 1 >> WORD];
    }

    int count() {
        return count;
    }

    /** Whether it has one that is below the size. */
    boolean contains(int head) {
        return (heads[head >> WORD] >>> head & 1) != 0;
    }

    /** The lowest; there is one. */
    int first() {
        int word = 0;
        while (heads[word] == 0) {
            word++;
        }
        return (word << WORD) + Long.numberOfTrailingZeros(heads[word]);
    }

    /** Adds one that is below the size and not there; others change nothing. */
    void add(int head) {
        if (head < size && !contains(head)) {
            heads[head >> WORD] |= 1L << head;
            count++;
        }
    }

    void remove(int head) {
        if (contains(head)) {
            heads[head >> WORD] &= ~(1L << head);
            count--;
        }
    }

    void clear() {
        Arrays.fill(heads, 0);
        count = 0;
    }

    void save(StateWriter out) {
        for (int head = 0; head < size; head++) {
            if (contains(head)) {
                out.int16(head);
            }
        }
    }
}
