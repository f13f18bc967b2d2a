package dev.jvmm.virtio.net;

import dev.jvmm.virtio.ConfigSpace;

/**
 * What a card says of itself, and can do. Guarded by the device's lock.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1.3, 5.1.4
 */
final class CardConfig {
    static final int MAC = 0;
    static final int STATUS = 6;
    static final int MOST_PAIRS = 8;
    static final int MTU = 10;
    static final int SPEED = 12;
    static final int DUPLEX = 16;
    static final int SIZE = 17;

    static final int LINK_UP = 1;
    static final int ANNOUNCE = 2;

    /** What a TAP says of itself as well: 10 Gbit/s, full duplex. Nothing depends on it. */
    private static final int MBITS = 10_000;

    private static final int FULL_DUPLEX = 1;

    private final ConfigSpace space = new ConfigSpace(SIZE);
    private MacAddress address;

    CardConfig(NetConfig config) {
        space.putInt16(STATUS, LINK_UP).putInt16(MOST_PAIRS, config.pairs()).putInt16(MTU, config.mtu().orElse(0));
        space.putInt32(SPEED, MBITS).putInt8(DUPLEX, FULL_DUPLEX);
        address(config.mac());
    }

    static long features(NetConfig config, long backend) {
        long features = NetFeature.MAC | NetFeature.STATUS | NetFeature.SPEED_DUPLEX | NetFeature.MRG_RXBUF
                | NetFeature.CTRL_VQ | NetFeature.CTRL_RX | NetFeature.CTRL_RX_EXTRA | NetFeature.CTRL_VLAN
                | NetFeature.CTRL_MAC_ADDR | NetFeature.GUEST_ANNOUNCE | backend & NetFeature.OFFLOADS;
        features |= config.mtu().isPresent() ? NetFeature.MTU : 0;
        features |= config.pairs() > 1 ? NetFeature.MQ : 0;
        return features | ((features & NetFeature.GUEST_OFFLOADS) != 0 ? NetFeature.CTRL_GUEST_OFFLOADS : 0);
    }

    ConfigSpace space() {
        return space;
    }

    MacAddress address() {
        return address;
    }

    void address(MacAddress value) {
        if (!value.equals(address)) {
            address = value;
            space.put(MAC, value.octets());
        }
    }

    /** Whether that changes anything. */
    boolean link(boolean up) {
        return status(LINK_UP, up);
    }

    void askForAnnouncement() {
        status(ANNOUNCE, true);
    }

    /** Whether one was asked for (5.1.6.5.4). */
    boolean acknowledgeAnnouncement() {
        return status(ANNOUNCE, false);
    }

    private boolean status(int bit, boolean on) {
        int before = space.int16(STATUS);
        int after = on ? before | bit : before & ~bit;
        if (after == before) {
            return false;
        }
        space.putInt16(STATUS, after);
        return true;
    }
}
