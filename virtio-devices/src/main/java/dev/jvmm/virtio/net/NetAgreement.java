package dev.jvmm.virtio.net;

/**
 * What device and driver have agreed on, and which of the driver's offloads are in force, all of them at first (5.1.6.5.6.1). Guarded by
 * the device's lock.
 */
final class NetAgreement {
    private long features;
    private long offloads;

    /** Begins with all offloads of these features. */
    void begin(long negotiated) {
        features = negotiated;
        offloads = negotiated & NetFeature.GUEST_OFFLOADS;
    }

    boolean has(long feature) {
        return (features & feature) != 0;
    }

    /** Puts some of the negotiated offloads into force, or changes nothing when they can not be. */
    boolean useOffloads(long value) {
        if ((value & ~(features & NetFeature.GUEST_OFFLOADS)) != 0 || !NetFeature.consistent(value)) {
            return false;
        }
        offloads = value;
        return true;
    }

    long offloads() {
        return offloads;
    }

    /** The features, without offloads that are not in force. */
    long inForce() {
        return features & ~NetFeature.GUEST_OFFLOADS | offloads;
    }
}
