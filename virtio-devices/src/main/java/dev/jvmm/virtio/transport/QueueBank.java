package dev.jvmm.virtio.transport;

import dev.jvmm.virtio.KernelEvents;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.transport.Wiring.Doorbell;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A device's queues and their doorbells, which are made when first needed and stay. Guarded by the device's lock. */
final class QueueBank {
    private final GuestRam ram;
    private final QueueSetup[] queues;
    private final Doorbell[] doorbells;

    QueueBank(VirtioDevice device, GuestRam ram) {
        this.ram = ram;
        queues = new QueueSetup[device.queues()];
        doorbells = new Doorbell[queues.length];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new QueueSetup(i, device.queueSize(i), ram);
        }
    }

    int count() {
        return queues.length;
    }

    QueueSetup get(int index) {
        return queues[index];
    }

    List<Virtqueue> all() {
        List<Virtqueue> all = new ArrayList<>(queues.length);
        for (QueueSetup queue : queues) {
            all.add(queue.queue());
        }
        return all;
    }

    /** Makes the doorbells of ready queues that have none. */
    void connect(Wiring wiring, Kick kick) {
        for (int i = 0; i < queues.length; i++) {
            if (queues[i].isFrozen() && doorbells[i] == null) {
                int queue = i;
                doorbells[i] = wiring.doorbell(i, () -> kick.kicked(queue));
            }
        }
    }

    /** What a doorbell leads to. */
    interface Kick {
        void kicked(int queue);
    }

    void ring(int queue) {
        if (doorbells[queue] != null && queues[queue].queue().isLive()) {
            doorbells[queue].ring();
        }
    }

    /** Lets the kernel serve a queue, if the wiring can. */
    Optional<KernelEvents> lend(int queue, Wiring wiring, InterruptStatus interrupts) {
        OptionalInt interrupt = wiring.interruptEvent();
        if (doorbells[queue] == null || interrupt.isEmpty()) {
            return Optional.empty();
        }
        OptionalInt kick = doorbells[queue].lend();
        if (kick.isEmpty()) {
            return Optional.empty();
        }
        interrupts.lend();
        return Optional.of(new KernelEvents(kick.getAsInt(), interrupt.getAsInt()));
    }

    /** The driver may have got an interrupt and not asked why, or be about to get one: it hears of used buffers once more. */
    void takeBack(int queue, InterruptStatus interrupts) {
        doorbells[queue].takeBack();
        interrupts.used();
        interrupts.takeBack();
    }

    /** Takes nothing more from a queue, and has its device look at it. */
    void stop(int queue) {
        queues[queue].queue().stop();
        ring(queue);
    }

    /** Nothing more is taken, completions vanish; the registers stay. */
    void retire() {
        for (QueueSetup queue : queues) {
            queue.queue().retire();
        }
    }

    /** As after a reset. */
    void clear() {
        for (QueueSetup queue : queues) {
            queue.clear(ram);
        }
    }

    /** Without the device's lock. */
    void closeDoorbells() {
        for (Doorbell doorbell : doorbells) {
            if (doorbell != null) {
                doorbell.close();
            }
        }
    }
}
