package dev.jvmm.usernet.tcp;

import java.net.SocketAddress;

/** Opens connections on the host. */
interface HostDialer {
    /**
     * Begins to connect; never blocks.
     *
     * @param side becomes the channel's handler, and is told how it went
     */
    void dial(SocketAddress target, HostSide side);
}
