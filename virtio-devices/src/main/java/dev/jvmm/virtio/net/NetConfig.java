package dev.jvmm.virtio.net;

import dev.jvmm.virtio.rate.RateLimit;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A network device.
 *
 * @param mac the guest's address, which it may change
 * @param mtu bytes of the longest packet that fits a frame, 68 to 65535; the driver is told if it is there
 * @param pairs the most queue pairs, 1 to {@value #MOST_PAIRS}, and no more than the backend has
 * @param receive bytes of frames towards the guest
 * @param transmit bytes of frames from the guest
 */
public record NetConfig(MacAddress mac, OptionalInt mtu, int pairs, Optional<RateLimit> receive,
        Optional<RateLimit> transmit) {
    /** The most queue pairs. */
    public static final int MOST_PAIRS = 16;

    /** The least and the most that an MTU can be (5.1.4.1). */
    public static final int LEAST_MTU = 68;

    public static final int MOST_MTU = 65_535;

    /** Checks the ranges. */
    public NetConfig {
        if (!mac.isCard()) {
            throw new IllegalArgumentException(
                    "the MAC address " + mac + ": give one of a single card, such as " + MacAddress.local(mac.value()));
        }
        if (mtu.isPresent() && (mtu.getAsInt() < LEAST_MTU || mtu.getAsInt() > MOST_MTU)) {
            throw new IllegalArgumentException(
                    "an MTU of " + mtu.getAsInt() + ": give " + LEAST_MTU + " to " + MOST_MTU + " bytes");
        }
        if (pairs < 1 || pairs > MOST_PAIRS) {
            throw new IllegalArgumentException(pairs + " queue pairs: give 1 to " + MOST_PAIRS);
        }
    }

    /** One queue pair, the driver's choice of MTU, no limits. */
    public static NetConfig of(MacAddress mac) {
        return new NetConfig(mac, OptionalInt.empty(), 1, Optional.empty(), Optional.empty());
    }

    /** With an MTU. */
    public NetConfig withMtu(int value) {
        return new NetConfig(mac, OptionalInt.of(value), pairs, receive, transmit);
    }

    /** With so many queue pairs. */
    public NetConfig withPairs(int value) {
        return new NetConfig(mac, mtu, value, receive, transmit);
    }

    /** With a limit on what the guest receives. */
    public NetConfig withReceive(RateLimit value) {
        return new NetConfig(mac, mtu, pairs, Optional.of(value), transmit);
    }

    /** With a limit on what the guest sends. */
    public NetConfig withTransmit(RateLimit value) {
        return new NetConfig(mac, mtu, pairs, receive, Optional.of(value));
    }
}
