package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.linux.NetlinkException;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.net.NetException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Makes a TAP and ties it to one end of a veth, in the thread's namespace. */
record MirrorOpener(String veth, int pairs, Optional<String> namespace) implements Supplier<HostNetwork.Opened> {
    /** The kernel puts a number there. */
    private static final String NAME = "jvmm%d";

    @Override
    public HostNetwork.Opened get() {
        try (Leftovers leftovers = Leftovers.ofUser(); NetNamespace here = NetNamespace.current()) {
            leftovers.sweep();
            return open(leftovers, here, new Links());
        } catch (NetlinkException | SystemCallException e) {
            throw new NetException("the veth " + veth + " can not be mirrored: " + e.getMessage(), e);
        }
    }

    private HostNetwork.Opened open(Leftovers leftovers, NetNamespace here, Links links) {
        Undo undo = links;
        List<Tap> taps = List.of();
        try {
            Link end = check(links.find(veth));
            TcMirror mirror = new TcMirror(links);
            if (mirror.hasIngress(end.index())) {
                throw taken();
            }
            taps = TapDevices.open(NAME, pairs, pairs > 1, Optional.empty());
            String name = taps.getFirst().identity().name();
            links.mtu(TapDevices.find(links, name), end.mtu());
            Link tap = TapDevices.find(links, name);
            TapDevices.up(links, tap);
            TapDevices.up(links, end);
            String id = Ids.random();
            Leftover leftover = Leftover.ofIngress(leftovers.boot(), here, namespace, end, id);
            undo = new Removal(links, leftovers.claim(id, leftover), leftover);
            connect(mirror, end, tap, Ids.bytes(id));
            return new HostNetwork.Opened(new TapBackend(taps, pairs > 1, undo), end.mac(), OptionalInt.of(end.mtu()));
        } catch (NetException | NetlinkException | SystemCallException e) {
            undo.close();
            for (Tap tap : taps) {
                tap.close();
            }
            throw e;
        }
    }

    private void connect(TcMirror mirror, Link end, Link tap, byte[] cookie) {
        try {
            mirror.addIngress(end);
            mirror.addIngress(tap);
            mirror.redirect(end, tap, cookie);
            mirror.redirect(tap, end, cookie);
        } catch (NetlinkException e) {
            throw switch (e.errno()) {
                case Errno.EEXIST -> taken();
                case Errno.EPERM -> new NetException("this user may not set up traffic control on " + veth
                        + " (CAP_NET_ADMIN is missing): run as root, or use a network that needs no rights (--net user)",
                        e);
                case Errno.ENOENT, Errno.EOPNOTSUPP -> new NetException(
                        "this host's kernel has no traffic control of the kind that is needed (" + e.getMessage()
                                + "): load sch_ingress, cls_u32 and act_mirred",
                        e);
                default -> e;
            };
        }
    }

    private NetException taken() {
        return new NetException("the veth " + veth
                + " has traffic control on what comes in already: stop the machine that uses it, or remove it: tc qdisc del dev "
                + veth + " ingress");
    }

    private Link check(Optional<Link> found) {
        if (found.isEmpty()) {
            throw new NetException("there is no veth " + veth + (namespace.isPresent() ? " in that namespace" : "")
                    + ": ip link add " + veth + " type veth peer name OTHER makes one");
        }
        Link link = found.get();
        if (!link.kind().equals("veth")) {
            throw new NetException(veth + " is " + link.describe()
                    + ", not a veth, and would be cut off from this host: give one end of a veth");
        }
        return link;
    }
}
