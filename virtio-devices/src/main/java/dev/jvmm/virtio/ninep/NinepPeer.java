package dev.jvmm.virtio.ninep;

import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.ninep.server.Message;
import dev.jvmm.virtio.ninep.server.Share;

/** Who answers a device's messages. */
interface NinepPeer extends AutoCloseable {
    /** As {@link Client#handle}. */
    int handle(Message request, Message reply);

    /** Files that the driver has names for. */
    int fids();

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
            public int fids() {
                return client.fidCount();
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
