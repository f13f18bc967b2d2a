package dev.jvmm.virtio.transport;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioFeature;

/**
 * What the device offers and what the driver takes of it. Guarded by the device's lock.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.2, 6
 */
final class Negotiation {
    private static final int WORD_BITS = 32;
    private static final long WORD = 0xFFFF_FFFFL;

    private final VirtioDevice device;
    private long accepted;

    /** The driver accepted bits from 64 on, which nobody offers. */
    private boolean foreign;

    Negotiation(VirtioDevice device) {
        this.device = device;
    }

    long offered() {
        return device.features() & VirtioFeature.DEVICE_BITS | VirtioFeature.COMMON;
    }

    long accepted() {
        return accepted;
    }

    boolean has(long feature) {
        return (accepted & feature) != 0;
    }

    /** 32 bits of the offer; there is nothing from bit 64 on. */
    int offeredWord(int word) {
        return word == 0 ? (int) offered() : word == 1 ? (int) (offered() >>> WORD_BITS) : 0;
    }

    /** The driver's word on 32 bits. */
    void accept(int word, int bits) {
        if (word == 0) {
            accepted = accepted & ~WORD | bits & WORD;
        } else if (word == 1) {
            accepted = accepted & WORD | (long) bits << WORD_BITS;
        } else {
            foreign |= bits != 0;
        }
    }

    /** 2.2.2, 6.1: a subset of what is offered, with VERSION_1, and one that the device can work with. */
    boolean isFine() {
        return !foreign && isFine(accepted);
    }

    boolean isFine(long features) {
        return (features & ~offered()) == 0 && (features & VirtioFeature.VERSION_1) != 0 && device.accepts(features);
    }

    void clear() {
        accepted = 0;
        foreign = false;
    }

    void restore(long features) {
        accepted = features;
    }
}
