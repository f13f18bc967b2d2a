package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import java.util.function.Consumer;

/** The connections by their addresses and ports. Looking one up makes no objects. */
final class ConnectionTable {
    private static final int FIRST_SIZE = 64;

    private final KeyedHash hash;
    private TcpConnection[] buckets = new TcpConnection[FIRST_SIZE];
    private int size;

    ConnectionTable(KeyedHash hash) {
        this.hash = hash;
    }

    int size() {
        return size;
    }

    /** The connection, or null. */
    TcpConnection find(IpAddress guest, IpAddress peer, int ports) {
        TcpConnection connection = buckets[bucket(guest, peer, ports)];
        while (connection != null && !connection.key.is(guest, peer, ports)) {
            connection = connection.nextInBucket;
        }
        return connection;
    }

    /** Adds a connection whose key is not there yet. */
    void add(TcpConnection connection) {
        if (size == buckets.length) {
            grow();
        }
        size++;
        link(connection);
    }

    void remove(TcpConnection connection) {
        int bucket = bucket(connection);
        TcpConnection at = buckets[bucket];
        if (at == connection) {
            buckets[bucket] = connection.nextInBucket;
            size--;
            return;
        }
        while (at != null) {
            if (at.nextInBucket == connection) {
                at.nextInBucket = connection.nextInBucket;
                size--;
                return;
            }
            at = at.nextInBucket;
        }
    }

    /** Calls for each connection; the action may remove the one it is given. */
    void forEach(Consumer<TcpConnection> action) {
        for (TcpConnection first : buckets) {
            TcpConnection connection = first;
            while (connection != null) {
                TcpConnection next = connection.nextInBucket;
                action.accept(connection);
                connection = next;
            }
        }
    }

    private void grow() {
        TcpConnection[] old = buckets;
        buckets = new TcpConnection[old.length * 2];
        for (TcpConnection first : old) {
            TcpConnection connection = first;
            while (connection != null) {
                TcpConnection next = connection.nextInBucket;
                link(connection);
                connection = next;
            }
        }
    }

    private void link(TcpConnection connection) {
        int bucket = bucket(connection);
        connection.nextInBucket = buckets[bucket];
        buckets[bucket] = connection;
    }

    private int bucket(TcpConnection connection) {
        ConnectionKey key = connection.key;
        return bucket(key.guest(), key.peer(), key.ports());
    }

    private int bucket(IpAddress guest, IpAddress peer, int ports) {
        return (int) hash.of(guest, peer, ports) & buckets.length - 1;
    }
}
