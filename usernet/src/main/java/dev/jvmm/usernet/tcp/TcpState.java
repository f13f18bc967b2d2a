package dev.jvmm.usernet.tcp;

/** The states of RFC 9293, 3.3.2, seen from our end: the guest is the other one. */
enum TcpState {
    /** The guest's SYN waits for the host's connection: until that stands we neither accept nor refuse. */
    CONNECTING,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT,
    CLOSED;

    /** Whether the guest may still send. */
    boolean receives() {
        return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
    }

    /** Whether the host may still send. */
    boolean hostOpen() {
        return this == ESTABLISHED || this == CLOSE_WAIT;
    }

    /** Whether both ends know each other's sequence numbers. */
    boolean synchronised() {
        return ordinal() >= ESTABLISHED.ordinal() && this != CLOSED;
    }
}
