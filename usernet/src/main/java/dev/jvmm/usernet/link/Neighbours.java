package dev.jvmm.usernet.link;

import dev.jvmm.usernet.packet.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** Who on the link has which Ethernet address: what the guest's packets say, the latest of a bounded number. For one thread. */
public final class Neighbours {
    /** What {@link #find} gives where nobody is known. */
    public static final long UNKNOWN = -1;

    private static final int MOST = 64;
    private static final float LOAD = 0.75f;

    private final Map<IpAddress, Long> table = new LinkedHashMap<>(MOST, LOAD, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, Long> eldest) {
            return size() > MOST;
        }
    };

    private IpAddress last = IpAddress.ANY_V4;
    private long lastMac = UNKNOWN;

    /** Nobody known. */
    public Neighbours() {}

    /** Somebody with this address has spoken. */
    public void learn(IpAddress address, long mac) {
        if (mac != lastMac || !address.equals(last)) {
            table.put(address, mac);
            last = address;
            lastMac = mac;
        }
    }

    /** The Ethernet address of a neighbour, or {@link #UNKNOWN}. */
    public long find(IpAddress address) {
        if (address.equals(last)) {
            return lastMac;
        }
        Long mac = table.get(address);
        if (mac == null) {
            return UNKNOWN;
        }
        last = address;
        lastMac = mac;
        return mac;
    }

    /** Forgets everybody. */
    public void clear() {
        table.clear();
        last = IpAddress.ANY_V4;
        lastMac = UNKNOWN;
    }
}
