package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;

/**
 * What tells connections apart.
 *
 * @param peer whom the guest believes to talk with
 */
record ConnectionKey(IpAddress guest, int guestPort, IpAddress peer, int peerPort) {
    private static final int PORT_BITS = 16;

    boolean is(IpAddress guestAddress, IpAddress peerAddress, int ports) {
        return ports == ports() && guestAddress.low() == guest.low() && peerAddress.low() == peer.low()
                && guestAddress.high() == guest.high() && peerAddress.high() == peer.high();
    }

    int ports() {
        return ports(guestPort, peerPort);
    }

    static int ports(int guestPort, int peerPort) {
        return guestPort << PORT_BITS | peerPort;
    }
}
