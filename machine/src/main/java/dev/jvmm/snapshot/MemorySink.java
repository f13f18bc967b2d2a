package dev.jvmm.snapshot;

import java.nio.ByteBuffer;

/** Takes the content of a memory. */
@FunctionalInterface
public interface MemorySink {
    /**
     * Takes the bytes between the buffer's position and limit, which may move.
     *
     * @param offset of the first of them, at or behind the last that was taken
     */
    void data(long offset, ByteBuffer bytes);
}
