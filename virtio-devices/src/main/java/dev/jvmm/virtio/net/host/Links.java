package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NetlinkAttributes;
import dev.jvmm.linux.NetlinkException;
import dev.jvmm.linux.NetlinkMessage;
import dev.jvmm.linux.NetlinkSocket;
import dev.jvmm.linux.Rtnetlink;
import dev.jvmm.virtio.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The interfaces of one network namespace: that of the thread that made this. One thread at a time. Methods throw {@link
 * NetlinkException}.
 */
final class Links implements Undo {
    private static final int NEW = NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_EXCL;

    private final NetlinkSocket socket;

    Links() {
        socket = NetlinkSocket.open();
    }

    /** For other requests to the same namespace. */
    NetlinkSocket socket() {
        return socket;
    }

    private static NetlinkMessage message(String what, int type, int flags, int index, int state, int mask) {
        return new NetlinkMessage(what, type, flags).int16(0).int16(0).int32(index).int32(state).int32(mask);
    }

    /** By name. */
    Optional<Link> find(String name) {
        return ask(message("find " + name, Rtnetlink.RTM_GETLINK, 0, 0, 0, 0).attribute(Rtnetlink.IFLA_IFNAME, name));
    }

    /** By number. */
    Optional<Link> find(int index) {
        return ask(message("find interface " + index, Rtnetlink.RTM_GETLINK, 0, index, 0, 0));
    }

    private Optional<Link> ask(NetlinkMessage question) {
        try {
            return Optional.of(Link.of(socket.ask(question, Rtnetlink.IFINFOMSG_SIZE)));
        } catch (NetlinkException e) {
            if (e.errno() == Errno.ENODEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** All there are. */
    List<Link> all() {
        NetlinkMessage question = message("list interfaces", Rtnetlink.RTM_GETLINK, 0, 0, 0, 0);
        List<Link> links = new ArrayList<>();
        for (NetlinkAttributes found : socket.list(question, Rtnetlink.IFINFOMSG_SIZE)) {
            links.add(Link.of(found));
        }
        return links;
    }

    /** Switches it on. */
    void up(Link link) {
        int up = Rtnetlink.IFF_UP;
        socket.execute(message("switch " + link.name() + " on", Rtnetlink.RTM_NEWLINK, 0, link.index(), up, up));
    }

    /** Switches it off. */
    void down(Link link) {
        socket.execute(message("switch " + link.name() + " off", Rtnetlink.RTM_NEWLINK, 0, link.index(), 0,
                Rtnetlink.IFF_UP));
    }

    /** Sets the bytes of the longest packet. */
    void mtu(Link link, int mtu) {
        socket.execute(message("set the MTU of " + link.name() + " to " + mtu, Rtnetlink.RTM_NEWLINK, 0, link.index(),
                0, 0).attribute(Rtnetlink.IFLA_MTU, mtu));
    }

    /** Sets its address. */
    void mac(Link link, MacAddress mac) {
        socket.execute(message("set the MAC address of " + link.name() + " to " + mac, Rtnetlink.RTM_NEWLINK, 0,
                link.index(), 0, 0).attribute(Rtnetlink.IFLA_ADDRESS, mac.octets()));
    }

    /** Takes it away. */
    void remove(Link link) {
        socket.execute(message("remove " + link.name(), Rtnetlink.RTM_DELLINK, 0, link.index(), 0, 0));
    }

    /**
     * Makes a macvtap in bridge mode: it talks to its lower interface's network and to other macvtaps there.
     *
     * @param mac the kernel makes one up if there is none
     * @param mtu the lower one's if there is none
     */
    void addMacvtap(String name, Link lower, Optional<MacAddress> mac, Optional<Integer> mtu) {
        NetlinkMessage request = message("make a macvtap on " + lower.name(), Rtnetlink.RTM_NEWLINK, NEW, 0, 0, 0);
        request.attribute(Rtnetlink.IFLA_IFNAME, name).attribute(Rtnetlink.IFLA_LINK, lower.index());
        if (mac.isPresent()) {
            request.attribute(Rtnetlink.IFLA_ADDRESS, mac.get().octets());
        }
        if (mtu.isPresent()) {
            request.attribute(Rtnetlink.IFLA_MTU, mtu.get());
        }
        int info = request.begin(Rtnetlink.IFLA_LINKINFO);
        request.attribute(Rtnetlink.IFLA_INFO_KIND, "macvtap");
        int data = request.begin(Rtnetlink.IFLA_INFO_DATA);
        request.attribute(Rtnetlink.IFLA_MACVLAN_MODE, Rtnetlink.MACVLAN_MODE_BRIDGE);
        socket.execute(request.end(data).end(info));
    }

    /** Makes two interfaces with a cable between them. */
    void addVeth(String name, String peer) {
        NetlinkMessage request = message("make the veth " + name, Rtnetlink.RTM_NEWLINK, NEW, 0, 0, 0);
        request.attribute(Rtnetlink.IFLA_IFNAME, name);
        int info = request.begin(Rtnetlink.IFLA_LINKINFO);
        request.attribute(Rtnetlink.IFLA_INFO_KIND, "veth");
        int data = request.begin(Rtnetlink.IFLA_INFO_DATA);
        int other = request.begin(Rtnetlink.VETH_INFO_PEER);
        request.int16(0).int16(0).int32(0).int32(0).int32(0).attribute(Rtnetlink.IFLA_IFNAME, peer);
        socket.execute(request.end(other).end(data).end(info));
    }

    /** Makes an interface that needs nothing but its kind, such as "bridge". */
    void add(String name, String kind) {
        NetlinkMessage request = message("make the " + kind + " " + name, Rtnetlink.RTM_NEWLINK, NEW, 0, 0, 0);
        request.attribute(Rtnetlink.IFLA_IFNAME, name);
        int info = request.begin(Rtnetlink.IFLA_LINKINFO);
        socket.execute(request.attribute(Rtnetlink.IFLA_INFO_KIND, kind).end(info));
    }

    @Override
    public void close() {
        socket.close();
    }
}
