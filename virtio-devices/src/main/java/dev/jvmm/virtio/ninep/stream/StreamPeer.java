package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.ninep.server.Message;

/** Who answers a stream's messages. */
interface StreamPeer {
    /** As {@link Client#handle}. */
    int handle(Message request, Message reply);

    /** The stream is over. */
    void close();

    /** A share's client. */
    static StreamPeer of(Client client) {
        return new StreamPeer() {
            @Override
            public int handle(Message request, Message reply) {
                return client.handle(request, reply);
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }
}
