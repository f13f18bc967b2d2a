package dev.jvmm.vsock;

/** Who has something for the guest, in the order of asking; nobody is in it twice. Guarded by the device's lock. */
final class Turns {
    private Connection first;
    private Connection last;

    boolean isEmpty() {
        return first == null;
    }

    void add(Connection connection) {
        if (connection.queued) {
            return;
        }
        connection.queued = true;
        connection.next = null;
        if (first == null) {
            first = connection;
        } else {
            last.next = connection;
        }
        last = connection;
    }

    /** The first; there is one. */
    Connection take() {
        Connection connection = first;
        first = connection.next;
        connection.next = null;
        connection.queued = false;
        return connection;
    }
}
