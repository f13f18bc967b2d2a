package dev.jvmm.vsock;

import java.util.Arrays;

/** Connections by their two ports: open addressing, so that a look-up allocates nothing. Guarded by the device's lock. */
final class ConnectionTable {
    private static final int FIRST = 64;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private Connection[] places = new Connection[FIRST];
    private int count;

    int size() {
        return count;
    }

    /** The connection, or null. */
    Connection find(int guestPort, int hostPort) {
        return places[place(guestPort, hostPort)];
    }

    /** Where the connection is, or belongs. */
    private int place(int guestPort, int hostPort) {
        int at = home(guestPort, hostPort);
        while (places[at] != null && (places[at].guestPort != guestPort || places[at].hostPort != hostPort)) {
            at = at + 1 & places.length - 1;
        }
        return at;
    }

    private int home(int guestPort, int hostPort) {
        long key = (long) guestPort << 32 | hostPort & 0xFFFF_FFFFL;
        return (int) (key * MIX >>> 40) & places.length - 1;
    }

    /** Adds one whose ports are not there yet. */
    void add(Connection connection) {
        if (2 * (count + 1) > places.length) {
            Connection[] old = places;
            places = new Connection[2 * old.length];
            for (Connection moved : old) {
                if (moved != null) {
                    places[place(moved.guestPort, moved.hostPort)] = moved;
                }
            }
        }
        places[place(connection.guestPort, connection.hostPort)] = connection;
        count++;
    }

    /** Takes one out, if it is there. */
    void remove(Connection connection) {
        int hole = place(connection.guestPort, connection.hostPort);
        if (places[hole] != connection) {
            return;
        }
        places[hole] = null;
        count--;
        for (int at = hole + 1 & places.length - 1; places[at] != null; at = at + 1 & places.length - 1) {
            int home = home(places[at].guestPort, places[at].hostPort);
            if ((at - home & places.length - 1) >= (at - hole & places.length - 1)) {
                places[hole] = places[at];
                places[at] = null;
                hole = at;
            }
        }
    }

    /** All of them, in any order; a copy. */
    Connection[] all() {
        Connection[] all = new Connection[count];
        int found = 0;
        for (Connection connection : places) {
            if (connection != null) {
                all[found++] = connection;
            }
        }
        return all;
    }

    void clear() {
        Arrays.fill(places, null);
        count = 0;
    }
}
