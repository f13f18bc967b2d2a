package dev.jvmm.virtio.net;

import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;

/**
 * The control queue. A command that the driver may not give, or that says what can not be, is answered with an error and changes nothing.
 * Guarded by the device's lock.
 *
 * <pre>
 *   0 class   1 command   2 what belongs to the command          the driver's
 *   0 ack                                                        the device's
 * </pre>
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1.6.5; linux/virtio_net.h
 */
final class NetControl {
    static final int OK = 0;
    static final int ERR = 1;

    static final int CLASS_RX = 0;
    static final int CLASS_MAC = 1;
    static final int MAC_TABLE_SET = 0;
    static final int MAC_ADDR_SET = 1;
    static final int CLASS_VLAN = 2;
    static final int VLAN_ADD = 0;
    static final int VLAN_DEL = 1;
    static final int CLASS_ANNOUNCE = 3;
    static final int ANNOUNCE_ACK = 0;
    static final int CLASS_MQ = 4;
    static final int VQ_PAIRS_SET = 0;
    static final int CLASS_GUEST_OFFLOADS = 5;
    static final int GUEST_OFFLOADS_SET = 0;

    private static final int BODY = 2;

    /** Commands before others have their turn: some ask the host's kernel for something. */
    private static final int TURN = 16;

    private final NetDevice device;
    private final int index;
    private final DescriptorChain chain = new DescriptorChain();
    private final long[] unicast = new long[ReceiveFilter.MOST_ADDRESSES];
    private final long[] multicast = new long[ReceiveFilter.MOST_ADDRESSES];
    private final Virtqueue queue;

    /** @param index the queue's number, which depends on what was negotiated (5.1.2) */
    NetControl(NetDevice device, int index, Virtqueue queue) {
        this.device = device;
        this.index = index;
        this.queue = queue;
    }

    int index() {
        return index;
    }

    void notified() {
        int budget = TURN;
        while (budget > 0 && queue.next(chain)) {
            budget--;
            if (chain.readableLength() < BODY || chain.writableLength() < 1) {
                throw new VirtioException("a control command of a network device with " + chain.readableLength()
                        + " readable and " + chain.writableLength() + " writable bytes");
            }
            chain.writeInt8(0, execute(chain.int8(0), chain.int8(1)) ? OK : ERR);
            queue.complete(chain, 1);
        }
        queue.flush();
        if (budget == 0) {
            device.again(index);
        }
    }

    private boolean execute(int kind, int command) {
        return switch (kind) {
            case CLASS_RX -> mode(command);
            case CLASS_MAC -> command == MAC_TABLE_SET && tables() || command == MAC_ADDR_SET && address();
            case CLASS_VLAN -> command <= VLAN_DEL && vlan(command == VLAN_ADD);
            case CLASS_ANNOUNCE -> command == ANNOUNCE_ACK && device.agreed.has(NetFeature.GUEST_ANNOUNCE)
                    && device.card.acknowledgeAnnouncement();
            case CLASS_MQ -> command == VQ_PAIRS_SET && pairs();
            case CLASS_GUEST_OFFLOADS -> command == GUEST_OFFLOADS_SET && offloads();
            default -> false;
        };
    }

    private boolean isBody(int length) {
        return chain.readableLength() == BODY + length;
    }

    private boolean mode(int mode) {
        long feature = mode <= ReceiveFilter.ALL_MULTICAST ? NetFeature.CTRL_RX : NetFeature.CTRL_RX_EXTRA;
        if (mode >= ReceiveFilter.MODES || !device.agreed.has(feature) || !isBody(Byte.BYTES)) {
            return false;
        }
        device.filter.mode(mode, chain.int8(BODY) != 0);
        return true;
    }

    /** Two tables, each behind its 32-bit count. Both are read before either takes effect. */
    private boolean tables() {
        if (!device.agreed.has(NetFeature.CTRL_RX)) {
            return false;
        }
        long unicasts = count(BODY);
        long second = BODY + Integer.BYTES + unicasts * MacAddress.SIZE;
        long multicasts = unicasts < 0 ? -1 : count(second);
        if (multicasts < 0
                || chain.readableLength() != second + Integer.BYTES + multicasts * MacAddress.SIZE) {
            return false;
        }
        read(BODY + Integer.BYTES, unicasts, unicast);
        read(second + Integer.BYTES, multicasts, multicast);
        device.filter.tables(unicast, (int) unicasts, multicast, (int) multicasts);
        return true;
    }

    /** How many addresses a table says that it has; -1 when it can not have them. */
    private long count(long at) {
        long left = chain.readableLength() - at - Integer.BYTES;
        long count = left < 0 ? -1 : Integer.toUnsignedLong(chain.int32(at));
        return left < 0 || count > left / MacAddress.SIZE ? -1 : count;
    }

    private void read(long at, long count, long[] into) {
        for (int i = 0; i < Math.min(count, into.length); i++) {
            into[i] = addressAt(at + (long) i * MacAddress.SIZE);
        }
    }

    private long addressAt(long at) {
        long low = Integer.toUnsignedLong(chain.int32(at));
        long high = chain.int16(at + Integer.BYTES);
        return Long.reverseBytes(low | high << Integer.SIZE) >>> 2 * Byte.SIZE;
    }

    private boolean address() {
        if (!device.agreed.has(NetFeature.CTRL_MAC_ADDR) || !isBody(MacAddress.SIZE)) {
            return false;
        }
        MacAddress address = new MacAddress(addressAt(BODY));
        if (!address.isCard()) {
            return false;
        }
        device.address(address);
        return true;
    }

    private boolean vlan(boolean wanted) {
        if (!device.agreed.has(NetFeature.CTRL_VLAN) || !isBody(Short.BYTES)) {
            return false;
        }
        int number = chain.int16(BODY);
        if (number >= ReceiveFilter.VLANS) {
            return false;
        }
        device.filter.vlan(number, wanted);
        return true;
    }

    private boolean pairs() {
        return device.agreed.has(NetFeature.MQ) && isBody(Short.BYTES) && device.usePairs(chain.int16(BODY));
    }

    private boolean offloads() {
        boolean good = device.agreed.has(NetFeature.CTRL_GUEST_OFFLOADS) && isBody(Long.BYTES)
                && device.agreed.useOffloads(chain.int64(BODY));
        if (good) {
            device.configure();
        }
        return good;
    }
}
