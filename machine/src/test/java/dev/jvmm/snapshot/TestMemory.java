package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A memory with a few runs of data. */
final class TestMemory implements MemorySource {
    private final long size;
    private final Map<Long, byte[]> runs = new TreeMap<>();

    TestMemory(long size) {
        this.size = size;
    }

    /** Random bytes, none of them zero. */
    TestMemory with(long offset, int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        for (int i = 0; i < length; i++) {
            bytes[i] |= 1;
        }
        runs.put(offset, bytes);
        return this;
    }

    TestMemory withZeros(long offset, int length) {
        runs.put(offset, new byte[length]);
        return this;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void copyTo(MemorySink sink) {
        runs.forEach((offset, bytes) -> sink.data(offset, ByteBuffer.wrap(bytes)));
    }

    /** Complains unless the snapshot has this content: the runs, and zeros around them. */
    void assertEqualTo(Snapshot snapshot) {
        assertEquals(size, snapshot.memorySize());
        assertEquals(size, snapshot.memory().status().size());
        runs.forEach((offset, bytes) -> {
            assertEquals(-1, Arrays.mismatch(bytes, read(snapshot, offset, bytes.length)), "the run at " + offset);
            byte[] behind = read(snapshot, offset + bytes.length,
                    Math.min(4096, nextRun(offset) - offset - bytes.length));
            assertEquals(-1, Arrays.mismatch(new byte[behind.length], behind), "zeros behind the run at " + offset);
        });
    }

    private long nextRun(long offset) {
        return runs.keySet().stream().filter(next -> next > offset).findFirst().orElse(size);
    }

    private static byte[] read(Snapshot snapshot, long offset, long length) {
        ByteBuffer buffer = NativeBuffers.allocate((int) length);
        snapshot.memory().readFully(buffer, offset);
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        assertEquals(length, bytes.length);
        return bytes;
    }
}
