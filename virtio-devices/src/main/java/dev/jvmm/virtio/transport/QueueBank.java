package dev.jvmm.virtio.transport;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.transport.Wiring.Doorbell;
import java.util.ArrayList;
import java.util.List;

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
