package dev.jvmm.virtio.transport;

import dev.jvmm.virtio.queue.UsedListener;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The InterruptStatus register and the interrupt that follows it. Takes no lock: a guest's interrupt handler does not wait for a device
 * that works.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 4.2.2.1, 4.2.3.4
 */
final class InterruptStatus implements UsedListener {
    private final AtomicInteger bits = new AtomicInteger();
    private final Wiring wiring;

    /** Queues whose interrupts the kernel raises, without telling us: a driver that asks is told of used buffers. */
    private volatile int lent;

    InterruptStatus(Wiring wiring) {
        this.wiring = wiring;
    }

    int bits() {
        return lent == 0 ? bits.get() : bits.get() | MmioRegisters.INTERRUPT_USED_BUFFER;
    }

    /** With the device's lock held. */
    void lend() {
        lent++;
    }

    /** With the device's lock held. */
    void takeBack() {
        lent--;
    }

    /** Every event gets an edge, also when its bit was set: the driver may be about to acknowledge the earlier one. */
    void raise(int bit) {
        int before;
        do {
            before = bits.get();
        } while (!bits.compareAndSet(before, before | bit));
        wiring.interrupt();
    }

    @Override
    public void used() {
        raise(MmioRegisters.INTERRUPT_USED_BUFFER);
    }

    void acknowledge(int handled) {
        int before;
        do {
            before = bits.get();
        } while (!bits.compareAndSet(before, before & ~handled));
    }

    /** Sets the bits without an edge. */
    void set(int value) {
        bits.set(value);
    }

    /** An edge for what is set, if anything is: an earlier one may have been lost on the way through a snapshot. */
    void repeat() {
        if (bits.get() != 0) {
            wiring.interrupt();
        }
    }
}
