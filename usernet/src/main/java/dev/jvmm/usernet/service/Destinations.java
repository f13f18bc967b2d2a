package dev.jvmm.usernet.service;

import dev.jvmm.usernet.link.NetworkPlan;
import dev.jvmm.usernet.packet.IpAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/** Where on the host's side the guest's packets go. */
public final class Destinations {
    private static final int DNS_PORT = 53;
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");
    private static final IpAddress LOOPBACK_V6 = IpAddress.parse("::1");

    private final NetworkPlan plan;
    private final Resolvers resolvers;
    private final boolean restricted;

    /** @param restricted whether the guest may reach nobody but its own link */
    public Destinations(NetworkPlan plan, Resolvers resolvers, boolean restricted) {
        this.plan = plan;
        this.resolvers = resolvers;
        this.restricted = restricted;
    }

    /**
     * The socket address behind what the guest names: the gateway is this host's loopback, the name server's port 53 a name server of the
     * host's, everybody else is who they are. Nothing where the guest is not to get through: its own link, and what would be the host
     * itself by another name.
     */
    public Optional<SocketAddress> target(IpAddress to, int port) {
        if (restricted || port == 0) {
            return Optional.empty();
        }
        if (plan.isDns(to)) {
            return port == DNS_PORT ? Optional.of(resolvers.addresses().getFirst()) : Optional.empty();
        }
        if (plan.isGateway(to)) {
            return Optional.of(new InetSocketAddress((to.isV4() ? LOOPBACK : LOOPBACK_V6).toInetAddress(), port));
        }
        return plan.isOnLink(to) || !isPublic(to)
                ? Optional.empty()
                : Optional.of(new InetSocketAddress(to.toInetAddress(), port));
    }

    /** Whether an address names a machine out there. 0.0.0.0/8 and ::/64 are the host itself to the kernel, or nobody. */
    private static boolean isPublic(IpAddress to) {
        if (to.isMulticast() || to.isLoopback()) {
            return false;
        }
        return to.isV4() ? to.v4() >>> 24 != 0 && to.v4() >>> 28 != 0xF : to.high() != 0 && !to.isLinkLocal();
    }
}
