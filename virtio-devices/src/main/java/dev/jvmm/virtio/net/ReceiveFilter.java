package dev.jvmm.virtio.net;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import java.util.Arrays;

/**
 * Which frames the driver wants, by destination and VLAN. Promiscuous until the driver says otherwise, as drivers without
 * VIRTIO_NET_F_CTRL_RX can not. Guarded by the device's lock.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1.6.5.1 to 5.1.6.5.3
 */
final class ReceiveFilter {
    /** Modes, by the numbers of their commands. */
    static final int PROMISCUOUS = 0;

    static final int ALL_MULTICAST = 1;
    static final int ALL_UNICAST = 2;
    static final int NO_MULTICAST = 3;
    static final int NO_UNICAST = 4;
    static final int NO_BROADCAST = 5;
    static final int MODES = 6;

    /** The most addresses of a kind that are compared; beyond that all of the kind are wanted. */
    static final int MOST_ADDRESSES = 64;

    /** VLAN numbers. */
    static final int VLANS = 4096;

    private static final int WORD = 6;
    private static final int VLAN_TYPE = 0x8100;
    private static final long MULTICAST = 1L << 40;

    private boolean addresses;
    private boolean vlans;
    private int modes;
    private long own;
    private final long[] unicast = new long[MOST_ADDRESSES];
    private int unicastCount;
    private final long[] multicast = new long[MOST_ADDRESSES];
    private int multicastCount;
    private final long[] vlanBits = new long[VLANS >> WORD];

    /** As after a reset: no address in the tables, no VLAN. */
    void clear() {
        modes = 1 << PROMISCUOUS;
        unicastCount = 0;
        multicastCount = 0;
        Arrays.fill(vlanBits, 0);
    }

    /** Begins with a driver that controls the one, the other, both or none. */
    void begin(boolean byAddress, boolean byVlan) {
        addresses = byAddress;
        vlans = byVlan;
    }

    /** Sets the card's own address. */
    void address(long value) {
        own = value;
    }

    /** Switches a mode. */
    void mode(int mode, boolean on) {
        modes = on ? modes | 1 << mode : modes & ~(1 << mode);
    }

    /** Takes tables of addresses; of each the first ones, a count above {@link #MOST_ADDRESSES} says that there are more. */
    void tables(long[] unicasts, int unicastTotal, long[] multicasts, int multicastTotal) {
        unicastCount = Math.min(unicastTotal, MOST_ADDRESSES + 1);
        multicastCount = Math.min(multicastTotal, MOST_ADDRESSES + 1);
        System.arraycopy(unicasts, 0, unicast, 0, Math.min(unicastCount, MOST_ADDRESSES));
        System.arraycopy(multicasts, 0, multicast, 0, Math.min(multicastCount, MOST_ADDRESSES));
    }

    /** Adds a VLAN to those that are wanted, or takes it out. */
    void vlan(int number, boolean wanted) {
        long bit = 1L << number;
        vlanBits[number >> WORD] = wanted ? vlanBits[number >> WORD] | bit : vlanBits[number >> WORD] & ~bit;
    }

    private boolean has(int mode) {
        return (modes >> mode & 1) != 0;
    }

    /** Whether all frames are wanted, so that none needs to be looked at. */
    boolean wantsAll() {
        return addresses ? has(PROMISCUOUS) : !vlans;
    }

    /**
     * Whether a frame is wanted.
     *
     * @param start the frame's first eight bytes, little-endian
     * @param tag the four bytes where a VLAN tag would be, little-endian
     */
    boolean wants(long start, int tag) {
        if (wantsAll()) {
            return true;
        }
        if (vlans && isTagged(tag)) {
            int number = Integer.reverseBytes(tag) & VLANS - 1;
            if ((vlanBits[number >> WORD] >>> number & 1) == 0) {
                return false;
            }
        }
        return !addresses || wantsAddress(Long.reverseBytes(start) >>> 2 * Byte.SIZE);
    }

    /** Whether there is a VLAN tag in the four bytes. */
    static boolean isTagged(int tag) {
        return Integer.reverseBytes(tag) >>> 2 * Byte.SIZE == VLAN_TYPE;
    }

    private boolean wantsAddress(long to) {
        if (to == MacAddress.BROADCAST.value()) {
            return !has(NO_BROADCAST);
        }
        if ((to & MULTICAST) != 0) {
            return !has(NO_MULTICAST) && (has(ALL_MULTICAST) || contains(multicast, multicastCount, to));
        }
        return !has(NO_UNICAST) && (has(ALL_UNICAST) || to == own || contains(unicast, unicastCount, to));
    }

    private static boolean contains(long[] table, int count, long address) {
        if (count > MOST_ADDRESSES) {
            return true;
        }
        for (int i = 0; i < count; i++) {
            if (table[i] == address) {
                return true;
            }
        }
        return false;
    }

    void save(StateWriter out) {
        out.int8(modes);
        save(out, unicast, unicastCount);
        save(out, multicast, multicastCount);
        for (long bits : vlanBits) {
            out.int64(bits);
        }
    }

    private static void save(StateWriter out, long[] table, int count) {
        out.int8(count);
        for (int i = 0; i < Math.min(count, MOST_ADDRESSES); i++) {
            out.int64(table[i]);
        }
    }

    void restore(StateReader in) {
        modes = in.int8(0, (1 << MODES) - 1);
        unicastCount = restore(in, unicast);
        multicastCount = restore(in, multicast);
        for (int i = 0; i < vlanBits.length; i++) {
            vlanBits[i] = in.int64();
        }
    }

    private static int restore(StateReader in, long[] table) {
        int count = in.int8(0, MOST_ADDRESSES + 1);
        for (int i = 0; i < Math.min(count, MOST_ADDRESSES); i++) {
            table[i] = in.int64(0, MacAddress.BROADCAST.value());
        }
        return count;
    }
}
