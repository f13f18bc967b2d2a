package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.virtio.ninep.server.BufferMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Replies that go out together, and room for one more. They are sent under the connection's lock of writing, by whoever reads for the
 * connection: that may be another thread by the time.
 */
final class Replies {
    /** Bytes of replies that wait for each other, at most. */
    static final int TOGETHER = 8 << 10;

    private final ByteBuffer bytes;
    private final BufferMessage reply;
    private final int most;

    /** Bytes of whole replies. */
    private int ready;

    /** Bytes of these that are sent already: by another thread, while this one's is at the next reply. */
    private int sent;

    /** In a direct buffer of {@code most} bytes and {@link #TOGETHER}. */
    Replies(ByteBuffer bytes, int most) {
        this.bytes = bytes;
        this.most = most;
        reply = new BufferMessage(bytes);
    }

    /** Where the next reply is written to. */
    BufferMessage room() {
        return reply.at(ready, most);
    }

    /** A reply is in {@link #room}, of so many bytes. */
    void add(int length) {
        ready += length;
    }

    /** Whether another one may be waited for before these go. */
    boolean mayWait() {
        return ready <= TOGETHER;
    }

    /** Whether something is to be sent. */
    boolean isReady() {
        return ready > 0;
    }

    /** Sends what is ready, whoever's replies these are. */
    void send(WritableByteChannel channel) throws IOException {
        send(channel, sent, ready - sent);
        sent = ready;
    }

    /** Sends the reply in {@link #room} by itself, and begins again. */
    void sendLast(WritableByteChannel channel, int length) throws IOException {
        send(channel, ready, length);
        clear();
    }

    private void send(WritableByteChannel channel, int from, int length) throws IOException {
        ByteBuffer part = bytes.limit(from + length).position(from);
        try {
            while (part.hasRemaining()) {
                channel.write(part);
            }
        } finally {
            bytes.clear();
        }
    }

    /** Begins again: all is sent. */
    void clear() {
        ready = 0;
        sent = 0;
    }
}
