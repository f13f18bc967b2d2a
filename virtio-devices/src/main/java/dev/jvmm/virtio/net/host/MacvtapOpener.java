package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.linux.NetlinkException;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Makes a macvtap and opens it, in the thread's namespace. */
record MacvtapOpener(String lower, int pairs, Optional<MacAddress> mac, OptionalInt mtu,
        Optional<String> namespace) implements Supplier<HostNetwork.Opened> {
    private static final String PREFIX = "jvmm";

    /** Digits behind it; a name has 15 bytes. */
    private static final int DIGITS = 11;

    @Override
    public HostNetwork.Opened get() {
        try (Leftovers leftovers = Leftovers.ofUser(); NetNamespace here = NetNamespace.current()) {
            leftovers.sweep();
            return open(leftovers, here, new Links());
        } catch (NetlinkException | SystemCallException e) {
            throw new NetException("no macvtap can be made on " + lower + ": " + e.getMessage(), e);
        }
    }

    private HostNetwork.Opened open(Leftovers leftovers, NetNamespace here, Links links) {
        Undo undo = links;
        try {
            Link below = check(links.find(lower));
            String id = Ids.random();
            String name = PREFIX + id.substring(0, DIGITS);
            Leftover leftover = Leftover.ofLink(leftovers.boot(), here, namespace, name);
            undo = new Removal(links, leftovers.claim(id, leftover), leftover);
            make(links, name, below);
            Link link = TapDevices.find(links, name);
            TapDevices.up(links, link);
            List<Tap> taps = Macvtap.open(link, pairs);
            try {
                return new HostNetwork.Opened(new TapBackend(taps, pairs > 1, undo), link.mac(),
                        OptionalInt.of(link.mtu()));
            } catch (SystemCallException e) {
                Macvtap.closeAll(taps);
                throw e;
            }
        } catch (NetException | NetlinkException | SystemCallException e) {
            undo.close();
            throw e;
        }
    }

    private Link check(Optional<Link> found) {
        if (found.isEmpty()) {
            throw new NetException("there is no interface " + lower
                    + " to put a macvtap on: ip link shows those that there are");
        }
        Link link = found.get();
        boolean loopback = link.describe().startsWith("the loopback");
        if (loopback || !link.isEthernet()) {
            throw new NetException("no macvtap can be put on " + lower + ", which is " + link.describe()
                    + ": give an Ethernet interface");
        }
        if (!link.isUp()) {
            throw new NetException(lower + " is switched off, so nothing would get through: ip link set dev " + lower
                    + " up");
        }
        if (mtu.isPresent() && mtu.getAsInt() > link.mtu()) {
            throw new NetException(lower + " has an MTU of " + link.mtu() + ", and " + mtu.getAsInt()
                    + " is asked for: ask for less, or raise it: ip link set dev " + lower + " mtu "
                    + mtu.getAsInt());
        }
        return link;
    }

    private void make(Links links, String name, Link below) {
        try {
            links.addMacvtap(name, below, mac, mtu.isPresent() ? Optional.of(mtu.getAsInt()) : Optional.empty());
        } catch (NetlinkException e) {
            throw new NetException(switch (e.errno()) {
                case Errno.EPERM -> "this user may not make a macvtap on " + lower
                        + " (CAP_NET_ADMIN is missing): run as root, or use a network that needs no rights (--net user)";
                case Errno.EBUSY -> lower + " is in use by a bridge, a bond or the like, which takes all its frames: "
                        + "take it out of there, or give another interface";
                case Errno.EOPNOTSUPP -> "this host's kernel has no macvtap: load its driver (modprobe macvtap)";
                default -> "no macvtap can be made on " + lower + ": " + e.getMessage();
            }, e);
        }
    }
}
