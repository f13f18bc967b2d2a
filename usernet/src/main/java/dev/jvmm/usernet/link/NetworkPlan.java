package dev.jvmm.usernet.link;

import dev.jvmm.usernet.packet.IpAddress;
import java.util.Optional;

/**
 * Who has which address on the guest's link.
 *
 * @param mac of the gateway and the name server, which are one machine
 * @param network the IPv4 network; its host bits are 0
 * @param bits how many bits of an address name the network, 8 to 28
 * @param gateway in the IPv4 network; packets to it go to the host's own loopback
 * @param dns in the IPv4 network: the name server
 * @param guest the first address to lease, in the IPv4 network
 * @param prefix the IPv6 network, of 64 bits
 * @param ipv6 whether there is IPv6 on the link
 * @param mtu bytes of the largest IP packet
 * @param hostname what DHCP tells the guest to be called
 */
public record NetworkPlan(
        long mac, IpAddress network, int bits, IpAddress gateway, IpAddress dns, IpAddress guest, IpAddress prefix,
        boolean ipv6, int mtu, Optional<String> hostname) {
    /** Bits of the IPv6 network. */
    public static final int PREFIX_BITS = 64;

    private static final IpAddress ROUTER = IpAddress.parse("fe80::2");
    private static final int GATEWAY = 2;
    private static final int DNS = 3;

    /** The gateway's address in the IPv6 network. */
    public IpAddress gateway6() {
        return prefix.plus(GATEWAY);
    }

    /** The name server's address in the IPv6 network. */
    public IpAddress dns6() {
        return prefix.plus(DNS);
    }

    /** The gateway's link-local address, which router advertisements come from. */
    public IpAddress router() {
        return ROUTER;
    }

    /** The IPv4 network's mask. */
    public int mask() {
        return -1 << Integer.SIZE - bits;
    }

    /** The last address of the IPv4 network. */
    public IpAddress broadcast() {
        return IpAddress.ofV4(network.v4() | ~mask());
    }

    /** Whether the address is the gateway's. */
    public boolean isGateway(IpAddress address) {
        return address.isV4() ? address.equals(gateway)
                : ipv6 && (address.equals(gateway6()) || address.equals(ROUTER));
    }

    /** Whether the address is the name server's. */
    public boolean isDns(IpAddress address) {
        return address.isV4() ? address.equals(dns) : ipv6 && address.equals(dns6());
    }

    /** Whether a machine with this address is reached over the link. */
    public boolean isOnLink(IpAddress address) {
        return address.isV4() ? address.isIn(network, bits)
                : ipv6 && (address.isIn(prefix, PREFIX_BITS) || address.isLinkLocal());
    }

    /** Whether a guest may have this address. */
    public boolean isGuest(IpAddress address) {
        return isOnLink(address) && !isGateway(address) && !isDns(address) && !address.equals(network)
                && !address.equals(broadcast());
    }

    /** Who a guest takes somebody on the host's side for: himself, or the gateway where the guest could not send him an answer. */
    public IpAddress shown(IpAddress sender, IpAddress guestAddress) {
        boolean reachable = sender.isV4() == guestAddress.isV4() && !sender.isLoopback() && !isOnLink(sender)
                && !sender.isLinkLocal() && !sender.isUnspecified();
        return reachable ? sender : guestAddress.isV4() ? gateway : gateway6();
    }

    /** Whether packets to this address are for everyone on the link. */
    public boolean isBroadcast(IpAddress address) {
        return address.equals(IpAddress.BROADCAST) || address.isV4() && address.equals(broadcast());
    }
}
