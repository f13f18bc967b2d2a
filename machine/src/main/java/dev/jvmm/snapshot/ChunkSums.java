package dev.jvmm.snapshot;

import java.util.Arrays;

/** The CRC32 of each chunk of a memory file that has anything in it; all others are zeros. Filled in ascending order. */
final class ChunkSums {
    static final int CHUNK = 1 << 20;

    private final long size;
    private int[] chunks;
    private int[] sums;
    private int count;

    ChunkSums(long size, int expected) {
        this.size = size;
        this.chunks = new int[expected];
        this.sums = new int[expected];
    }

    /** Of the whole memory, in bytes. */
    long size() {
        return size;
    }

    int count() {
        return count;
    }

    int chunk(int index) {
        return chunks[index];
    }

    int sum(int index) {
        return sums[index];
    }

    /** Where a chunk begins, in bytes. */
    long start(int chunk) {
        return (long) chunk * CHUNK;
    }

    /** Bytes of a chunk: the last one may be shorter than the others. */
    int length(int chunk) {
        return (int) Math.min(CHUNK, size - start(chunk));
    }

    void add(int chunk, int sum) {
        if (count == chunks.length) {
            chunks = Arrays.copyOf(chunks, Math.max(16, count * 2));
            sums = Arrays.copyOf(sums, chunks.length);
        }
        chunks[count] = chunk;
        sums[count] = sum;
        count++;
    }
}
