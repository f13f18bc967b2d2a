package dev.jvmm.virtio.transport;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.EventLoop;
import dev.jvmm.event.Registration;
import dev.jvmm.kvm.KvmVm;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.EventFd;
import java.util.OptionalInt;

/**
 * Kicks through ioeventfd and interrupts through irqfd: neither passes through a vCPU's exit to this process.
 *
 * @spec https://docs.kernel.org/virt/kvm/api.html KVM_IOEVENTFD, KVM_IRQFD
 */
public final class KvmWiring implements Wiring {
    private final KvmVm vm;
    private final EventLoop loop;
    private final long notifyAddress;
    private final int gsi;
    private final EventFd interrupt;

    /**
     * Binds the interrupt.
     *
     * @param base guest-physical address of the device's registers
     * @param gsi its global interrupt number, which other devices may share
     */
    public KvmWiring(KvmVm vm, EventLoop loop, long base, int gsi) {
        this.vm = vm;
        this.loop = loop;
        this.notifyAddress = base + MmioRegisters.QUEUE_NOTIFY;
        this.gsi = gsi;
        interrupt = EventFd.create();
        try {
            vm.bindIrqfd(interrupt.number(), gsi);
        } catch (RuntimeException e) {
            interrupt.close();
            throw e;
        }
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public Doorbell doorbell(int queue, Runnable kicked) {
        return new KvmDoorbell(queue, kicked);
    }

    @Override
    public void interrupt() {
        interrupt.signal();
    }

    @Override
    public OptionalInt interruptEvent() {
        return OptionalInt.of(interrupt.number());
    }

    @Override
    public void close() {
        vm.unbindIrqfd(interrupt.number(), gsi);
        interrupt.close();
    }

    /** The eventfd of a queue: KVM signals it for the guest's write of the queue's number to QueueNotify. */
    private final class KvmDoorbell implements Doorbell, EventHandler {
        private final int queue;
        private final Runnable kicked;
        private final EventFd event = EventFd.create();
        private final Registration registration;

        /** The kernel takes the eventfd's signals; guarded by the device's lock. */
        private boolean lent;

        KvmDoorbell(int queue, Runnable kicked) {
            this.queue = queue;
            this.kicked = kicked;
            Registration watched = null;
            try {
                watched = loop.register(event, Epoll.IN, this);
                vm.bindIoeventfd(event.number(), notifyAddress, Integer.BYTES, queue);
            } catch (RuntimeException e) {
                if (watched != null) {
                    watched.close();
                }
                event.close();
                throw e;
            }
            registration = watched;
        }

        /** Takes the kick first: one that comes while the device works is not lost. */
        @Override
        public void ready(int events) {
            event.drain();
            kicked.run();
        }

        @Override
        public void ring() {
            event.signal();
            if (lent) {
                loop.post(kicked);
            }
        }

        @Override
        public OptionalInt lend() {
            registration.modify(0);
            lent = true;
            return OptionalInt.of(event.number());
        }

        @Override
        public void takeBack() {
            lent = false;
            registration.modify(Epoll.IN);
        }

        @Override
        public void close() {
            vm.unbindIoeventfd(event.number(), notifyAddress, Integer.BYTES, queue);
            registration.close();
            event.close();
        }
    }
}
