package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.virtio.ninep.server.Client;
import java.io.IOException;
import java.nio.channels.ByteChannel;

/** A connection whose only thread is the caller's: what it costs without a wake-up of its own. */
public final class StreamOnCall implements AutoCloseable {
    private final StreamConnection connection;
    private final StreamWorker reader;

    /** As the connection's. */
    public StreamOnCall(ByteChannel channel, Client client, int most) {
        connection = new StreamConnection("9p", channel, client, most, () -> {});
        reader = connection.only();
    }

    /** Reads what has been sent, and answers. */
    public void turn() throws IOException {
        if (!reader.turn()) {
            throw new IOException("the stream has ended");
        }
    }

    @Override
    public void close() {
        connection.gone(reader);
    }
}
