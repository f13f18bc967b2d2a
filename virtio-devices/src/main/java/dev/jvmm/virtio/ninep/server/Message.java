package dev.jvmm.virtio.ninep.server;

import java.nio.ByteBuffer;

/**
 * A message's bytes, wherever they lie: guest memory in pieces, or one native segment. Offsets are checked against {@link #length}.
 * Each byte may change while it is read, so the server reads each once. One thread at a time.
 */
public interface Message {
    /** Bytes: of a request all that arrived, of a reply all that there is room for. */
    int length();

    /** Copies {@code to.remaining()} bytes out and moves the buffer's position. */
    void read(int offset, ByteBuffer to);

    /** Copies {@code from.remaining()} bytes in and moves the buffer's position. */
    void write(int offset, ByteBuffer from);

    /**
     * Names bytes for readv(2) and writev(2), in place of what was in {@code into}.
     *
     * @param length in bytes; of more pieces than {@link IoVectors#MOST} only the first are named
     * @return how many pieces there are
     */
    int vectors(int offset, int length, IoVectors into);
}
