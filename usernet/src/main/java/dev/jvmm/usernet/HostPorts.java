package dev.jvmm.usernet;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;

/** The host's sockets behind forwarded ports: bound at once, so that what is wrong with them is told at once, and served later. */
final class HostPorts implements AutoCloseable {
    private static final int BACKLOG = 1024;

    private final List<Port> ports = new ArrayList<>();

    /** A forward and its socket. */
    record Port(Forward forward, NetworkChannel socket) {
        /** Where it listens. */
        InetSocketAddress address() {
            try {
                return (InetSocketAddress) socket.getLocalAddress();
            } catch (IOException e) {
                throw new UserNetException("the socket of " + forward.text() + " is closed", e);
            }
        }
    }

    /** @throws UserNetException when one of them can not be had; then none is */
    static HostPorts open(List<Forward> forwards) {
        HostPorts opened = new HostPorts();
        for (int i = 0; i < forwards.size(); i++) {
            Forward forward = forwards.get(i);
            try {
                opened.ports.add(new Port(forward, bound(forward)));
            } catch (IOException | RuntimeException e) {
                opened.close();
                throw new UserNetException(
                        "can not listen for " + forward.text() + ": " + e.getMessage()
                                + (forward.hostPort() > 0 && forward.hostPort() < 1024
                                        ? "; ports below 1024 need rights, take another one"
                                        : "; is another program using the port, and is the address this host's?"),
                        e);
            }
        }
        return opened;
    }

    private static NetworkChannel bound(Forward forward) throws IOException {
        StandardProtocolFamily family = forward.hostAddress().isV4() ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6;
        InetSocketAddress address = new InetSocketAddress(forward.hostAddress().toInetAddress(), forward.hostPort());
        NetworkChannel socket = forward.kind() == Forward.Kind.TCP ? ServerSocketChannel.open(family)
                : DatagramChannel.open(family);
        try {
            if (socket instanceof ServerSocketChannel server) {
                server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                server.bind(address, BACKLOG);
            } else {
                socket.bind(address);
            }
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    List<Port> ports() {
        return ports;
    }

    @Override
    public void close() {
        for (int i = 0; i < ports.size(); i++) {
            try {
                ports.get(i).socket().close();
            } catch (IOException e) {
                // a listening socket has nothing to lose
            }
        }
    }
}
