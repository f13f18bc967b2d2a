package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import java.net.SocketAddress;
import java.util.Optional;

/** Says where a guest's connection goes. Called on the stack's thread; must not block. */
@FunctionalInterface
public interface HostConnector {
    /**
     * The host's address for a connection.
     *
     * @param to the address that the guest has named
     * @param port its port, 1..65535
     * @return an internet address; empty when there is nothing for guests, which refuses the connection
     */
    Optional<SocketAddress> target(IpAddress to, int port);
}
