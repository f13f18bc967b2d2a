package dev.jvmm.usernet;

import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.IpAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a guest's user-mode network is like. {@link #DEFAULTS} is as QEMU's: 10.0.2.0/24 with the gateway at .2, the name server at .3, the
 * guest at .15, and fec0::/64.
 *
 * @param network the IPv4 network; its host bits are 0
 * @param bits how many bits of an address name the network, 8 to 27
 * @param ipv6 whether the guest gets IPv6, too
 * @param mtu bytes of the largest IP packet, {@value #LEAST_MTU} to {@value #MOST_MTU}
 * @param hostname what DHCP tells the guest to be called
 * @param forwards ports of the host's that lead to the guest
 * @param resolvers the name servers to ask; if there are none, the host's
 * @param restricted whether the guest reaches nobody: neither the host nor the outside. Forwarded ports work
 */
public record UserNetConfig(
        IpAddress network, int bits, boolean ipv6, int mtu, Optional<String> hostname, List<Forward> forwards,
        List<InetSocketAddress> resolvers, boolean restricted) {
    /** What IPv6 needs (RFC 8200, 5). */
    public static final int LEAST_MTU = 1280;

    /** The largest packet of IPv4, less room for what goes in front. */
    public static final int MOST_MTU = 65_500;

    /** Nothing asked for. */
    public static final UserNetConfig DEFAULTS = new UserNetConfig(
            IpAddress.parse("10.0.2.0"), 24, true, 1500, Optional.empty(), List.of(), List.of(), false);

    private static final IpAddress PREFIX = IpAddress.parse("fec0::");
    private static final int LEAST_BITS = 8;

    /** A network must have room for the gateway's, the name server's and the guest's addresses. */
    private static final int MOST_BITS = 27;

    private static final int GATEWAY = 2;
    private static final int DNS = 3;
    private static final int GUEST = 15;
    private static final int LONGEST_NAME = 63;

    /** 52:55 and the gateway's address. */
    private static final long MAC = 0x5255_0000_0000L;

    /**
     * Checks everything.
     *
     * @throws UserNetException that says what is wrong, and what would be right
     */
    public UserNetConfig {
        forwards = List.copyOf(forwards);
        resolvers = List.copyOf(resolvers);
        if (!network.isV4() || bits < LEAST_BITS || bits > MOST_BITS
                || (network.v4() & ~(-1 << Integer.SIZE - bits)) != 0
                || network.isLoopback() || network.isMulticast() || network.v4() >>> 24 == 0) {
            throw new UserNetException(
                    "the network " + network + "/" + bits
                            + " can not be the guest's: give one of 8 to 27 bits without host"
                            + " bits, such as 10.0.2.0/24");
        }
        if (mtu < LEAST_MTU || mtu > MOST_MTU) {
            throw new UserNetException("an MTU of " + mtu + ": give one from " + LEAST_MTU + " to " + MOST_MTU);
        }
        if (hostname.isPresent() && !isHostname(hostname.get())) {
            throw new UserNetException(
                    "'" + hostname.get() + "' is no hostname: give 1 to 63 letters, digits and '-', no '-' first");
        }
    }

    private static boolean isHostname(String name) {
        boolean good = !name.isEmpty() && name.length() <= LONGEST_NAME && name.charAt(0) != '-';
        for (int i = 0; good && i < name.length(); i++) {
            char c = name.charAt(i);
            good = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-';
        }
        return good;
    }

    /**
     * The same with another IPv4 network.
     *
     * @param text such as {@code 192.168.7.0/24}
     */
    public UserNetConfig withNetwork(String text) {
        int slash = text.indexOf('/');
        try {
            if (slash > 0) {
                IpAddress address = IpAddress.parse(text.substring(0, slash));
                return new UserNetConfig(
                        address, Integer.parseInt(text.substring(slash + 1)), ipv6, mtu, hostname, forwards, resolvers,
                        restricted);
            }
        } catch (IllegalArgumentException e) {
            throw new UserNetException("'" + text + "' is no network: give one such as 10.0.2.0/24", e);
        }
        throw new UserNetException("'" + text + "' is no network: give one such as 10.0.2.0/24");
    }

    /** The same with or without IPv6. */
    public UserNetConfig withIpv6(boolean on) {
        return new UserNetConfig(network, bits, on, mtu, hostname, forwards, resolvers, restricted);
    }

    /** The same with another MTU. */
    public UserNetConfig withMtu(int bytes) {
        return new UserNetConfig(network, bits, ipv6, bytes, hostname, forwards, resolvers, restricted);
    }

    /** The same with a name for the guest. */
    public UserNetConfig withHostname(String name) {
        return new UserNetConfig(network, bits, ipv6, mtu, Optional.of(name), forwards, resolvers, restricted);
    }

    /** The same with one more forwarded port. */
    public UserNetConfig withForward(Forward forward) {
        List<Forward> more = new ArrayList<>(forwards);
        more.add(forward);
        return new UserNetConfig(network, bits, ipv6, mtu, hostname, more, resolvers, restricted);
    }

    /** The same with one more name server. */
    public UserNetConfig withResolver(InetSocketAddress server) {
        List<InetSocketAddress> more = new ArrayList<>(resolvers);
        more.add(server);
        return new UserNetConfig(network, bits, ipv6, mtu, hostname, forwards, more, restricted);
    }

    /** The same with a guest that reaches nobody, or not. */
    public UserNetConfig withRestricted(boolean on) {
        return new UserNetConfig(network, bits, ipv6, mtu, hostname, forwards, resolvers, on);
    }

    /** The guest's first address. */
    public IpAddress guest() {
        return network.plus(GUEST);
    }

    NetworkPlan plan() {
        IpAddress gateway = network.plus(GATEWAY);
        return new NetworkPlan(
                MAC | Integer.toUnsignedLong(gateway.v4()), network, bits, gateway, network.plus(DNS), guest(), PREFIX,
                ipv6, mtu, hostname);
    }
}
