package dev.jvmm.virtio.ninep;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.ninep.server.Message;
import dev.jvmm.virtio.ninep.server.Share;

/** Who answers a device's messages. */
interface NinepPeer extends AutoCloseable {
    /** As {@link Client#handle}. */
    int handle(Message request, Message reply);

    /** As {@link Client#save}. */
    void save(StateWriter out);

    /** As {@link Client#restore}. */
    void restore(StateReader in);

    /** Forgets the driver; nothing is being handled. */
    void reset();

    @Override
    void close();

    /** A share, as its only client here. */
    static NinepPeer of(Share share) {
        Client client = share.connect();
        return new NinepPeer() {
            @Override
            public int handle(Message request, Message reply) {
                return client.handle(request, reply);
            }

            @Override
            public void save(StateWriter out) {
                client.save(out);
            }

            @Override
            public void restore(StateReader in) {
                client.restore(in);
            }

            @Override
            public void reset() {
                client.reset();
            }

            @Override
            public void close() {
                client.close();
                share.close();
            }
        };
    }
}
