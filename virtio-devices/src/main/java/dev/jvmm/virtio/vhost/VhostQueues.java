package dev.jvmm.virtio.vhost;

import dev.jvmm.event.EventHandler;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.EventFd;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Vhost;
import dev.jvmm.virtio.KernelEvents;
import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.queue.Virtqueue;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Lends queues of a device to the host's kernel, and takes them back. The kernel gets this machine's memory, rings that were checked to lie
 * in RAM, and eventfds: whatever a driver writes there, it reaches nothing else. What it finds wrong with a ring stops the device, as a lie
 * that we find does.
 *
 * <p>Starting and ending the work, which differs between kinds of device, is the caller's: it begins after {@link #lend} and has ended
 * before {@link #takeBack}. With the device's lock held, but for {@link #close}.
 */
public final class VhostQueues implements EventHandler, AutoCloseable {
    private final Vhost vhost;
    private final VirtioHost host;
    private final EventFd error = EventFd.create();
    private final VirtioHost.Watch errors;
    private final Teller teller = new Teller();

    /** By the kernel's numbers; null where there is none. */
    private final Virtqueue[] lent;

    /**
     * For a device that is being attached.
     *
     * @param rings how many the kernel's half has
     */
    public VhostQueues(Vhost vhost, VirtioHost host, int rings) {
        this.vhost = vhost;
        this.host = host;
        lent = new Virtqueue[rings];
        errors = host.watch(error, Epoll.IN, this);
    }

    /**
     * Says what was negotiated, and where the machine's memory is. Before queues are lent.
     *
     * @param own bits of this kind of device that concern the kernel's half
     * @throws SystemCallException when the kernel can not do what was negotiated
     */
    public void begin(long negotiated, long own) {
        vhost.features(negotiated & (VirtioFeature.COMMON | own));
        host.ram().memory().windows().listen(teller);
        teller.tell();
    }

    /** Says where the machine's memory is, and again when windows come: their guest may use them at once. What is gone stays readable. */
    private final class Teller implements Runnable {
        /** The last one to tell tells of all there is. */
        synchronized void tell() {
            MemoryTable table = MemoryTable.of(host.ram());
            vhost.memory(table.starts(), table.sizes(), table.hosts());
        }

        @Override
        public void run() {
            try {
                tell();
            } catch (SystemCallException e) {
                System.getLogger("dev.jvmm.virtio").log(System.Logger.Level.WARNING,
                        "the host's kernel does not take new memory of a guest's: " + e.getMessage());
            }
        }
    }

    /**
     * Lends a queue. The caller has the kernel begin, and then calls {@link VirtioHost#again} for it, as the driver may have notified
     * before.
     *
     * @param ring the kernel's number for it
     * @return false when it can not be lent, and is as before
     * @throws SystemCallException when the kernel does not want it, and it is as before
     */
    public boolean lend(int ring, Virtqueue queue) {
        OptionalInt base = queue.lend();
        if (base.isEmpty()) {
            return false;
        }
        Optional<KernelEvents> events = host.lend(queue.index());
        if (events.isEmpty()) {
            queue.takeBack(base.getAsInt());
            return false;
        }
        try {
            hand(ring, queue.layout(), base.getAsInt(), events.get());
        } catch (SystemCallException e) {
            unbind(ring);
            host.takeBack(queue.index());
            queue.takeBack(base.getAsInt());
            throw e;
        }
        lent[ring] = queue;
        return true;
    }

    private void hand(int ring, QueueLayout layout, int base, KernelEvents events) {
        GuestRam ram = host.ram();
        vhost.ring(ring, layout.size(), base, ram.hostAddress(layout.descriptors(), layout.descriptorBytes()),
                ram.hostAddress(layout.available(), layout.availableBytes()),
                ram.hostAddress(layout.used(), layout.usedBytes()));
        vhost.error(ring, error.number());
        vhost.call(ring, events.interrupt());
        vhost.kick(ring, events.kick());
    }

    /** Returns when the kernel listens to the driver no more. */
    private void unbind(int ring) {
        vhost.kick(ring, Vhost.VHOST_FILE_UNBIND);
        vhost.call(ring, Vhost.VHOST_FILE_UNBIND);
        vhost.error(ring, Vhost.VHOST_FILE_UNBIND);
    }

    /** Whether a queue is lent under this number. */
    public boolean isLent(int ring) {
        return lent[ring] != null;
    }

    /** Takes a queue back on which the kernel has ended its work, if it is lent. The device looks at it again. */
    public void takeBack(int ring) {
        Virtqueue queue = lent[ring];
        if (queue == null) {
            return;
        }
        lent[ring] = null;
        unbind(ring);
        host.takeBack(queue.index());
        queue.takeBack(vhost.base(ring));
        host.again(queue.index());
    }

    @Override
    public void ready(int events) {
        error.drain();
        host.needsReset("the host's kernel can not work with its queues, or not with its driver's buffers");
    }

    /** At the device's end, and without its lock. */
    @Override
    public void close() {
        host.ram().memory().windows().ignore(teller);
        errors.close();
        error.close();
        vhost.close();
    }
}
