package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.NetlinkAttributes;
import dev.jvmm.linux.Rtnetlink;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.net.MacAddress;
import java.util.Optional;

/**
 * An interface of a network namespace, as it was when the kernel was asked.
 *
 * @param index its number there
 * @param type {@code ARPHRD_*}
 * @param flags {@code IFF_UP} and so on
 * @param mtu bytes
 * @param mac where it has one
 * @param kind "veth", "tun", ...; empty for what has none, such as a network card
 * @param data what its kind says of itself
 */
record Link(int index, String name, int type, int flags, int mtu, Optional<MacAddress> mac, String kind,
        NetlinkAttributes data) {
    static Link of(NetlinkAttributes found) {
        byte[] address = found.bytes(Rtnetlink.IFLA_ADDRESS);
        Optional<MacAddress> mac = address.length == MacAddress.SIZE ? Optional.of(MacAddress.of(address, 0))
                : Optional.empty();
        NetlinkAttributes info = found.nested(Rtnetlink.IFLA_LINKINFO);
        return new Link(found.int32(Rtnetlink.IFI_INDEX), found.text(Rtnetlink.IFLA_IFNAME),
                found.int16(Rtnetlink.IFI_TYPE), found.int32(Rtnetlink.IFI_FLAGS),
                found.value32(Rtnetlink.IFLA_MTU, 0), mac, info.text(Rtnetlink.IFLA_INFO_KIND),
                info.nested(Rtnetlink.IFLA_INFO_DATA));
    }

    boolean isUp() {
        return (flags & Rtnetlink.IFF_UP) != 0;
    }

    boolean isEthernet() {
        return type == Rtnetlink.ARPHRD_ETHER;
    }

    /** A TUN or a TAP. */
    boolean isTun() {
        return kind.equals("tun");
    }

    boolean isTap() {
        return isTun() && data.value8(Rtnetlink.IFLA_TUN_TYPE, 0) == Tap.IFF_TAP;
    }

    /** Of a TAP: whether it was made for several queues. */
    boolean isMultiQueue() {
        return data.value8(Rtnetlink.IFLA_TUN_MULTI_QUEUE, 0) != 0;
    }

    /** Of a TAP with several queues: how many are in use. */
    int queues() {
        return data.value32(Rtnetlink.IFLA_TUN_NUM_QUEUES, 0);
    }

    /** Of a TAP: the user that it belongs to. */
    Optional<Integer> owner() {
        return data.has(Rtnetlink.IFLA_TUN_OWNER) ? Optional.of(data.value32(Rtnetlink.IFLA_TUN_OWNER, 0))
                : Optional.empty();
    }

    /** In words: "a veth", "a network card". */
    String describe() {
        if ((flags & Rtnetlink.IFF_LOOPBACK) != 0) {
            return "the loopback interface";
        }
        if (isTun() && !isTap()) {
            return "a TUN, which carries packets without Ethernet";
        }
        if (isTap()) {
            return "a TAP";
        }
        return kind.isEmpty() ? "a network card of this host" : "of the kind " + kind;
    }
}
