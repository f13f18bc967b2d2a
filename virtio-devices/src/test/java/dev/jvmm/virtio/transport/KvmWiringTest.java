package dev.jvmm.virtio.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.event.EventLoop;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmVm;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.virtio.transport.Wiring.Doorbell;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@RequiresKvm
@Timeout(60)
class KvmWiringTest {
    private static final long BASE = AddressMap.VIRTIO_MMIO_START;

    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();

    @Test
    void doorbellsRingOnTheLoopUntilTheyAreClosed() throws InterruptedException {
        BlockingQueue<String> kicks = new LinkedBlockingQueue<>();
        try (KvmSystem kvm = KvmSystem.open();
                KvmVm vm = kvm.createVm();
                EventLoop loop = new EventLoop("virtio-test", (who, failure) -> failures.add(failure))) {
            vm.createIrqchip();
            KvmWiring wiring = new KvmWiring(vm, loop, BASE, AddressMap.virtioGsi(0));
            Doorbell first = wiring.doorbell(0, () -> kicks.add("0 on " + Thread.currentThread().getName()));
            Doorbell second = wiring.doorbell(1, () -> kicks.add("1"));
            first.ring();
            assertEquals("0 on virtio-test", kicks.poll(30, TimeUnit.SECONDS));
            second.ring();
            assertEquals("1", kicks.poll(30, TimeUnit.SECONDS));
            wiring.interrupt();
            first.close();
            second.close();
            wiring.close();

            // The same place again: nothing was left bound.
            KvmWiring again = new KvmWiring(vm, loop, BASE, AddressMap.virtioGsi(0));
            again.doorbell(0, () -> {}).close();
            again.close();
        }
        assertNull(failures.poll());
        assertTrue(kicks.isEmpty());
    }

    /** 32 devices share the pins of one I/O APIC. */
    @Test
    void devicesMayShareAnInterrupt() {
        try (KvmSystem kvm = KvmSystem.open();
                KvmVm vm = kvm.createVm();
                EventLoop loop = new EventLoop("virtio-test", (who, failure) -> failures.add(failure))) {
            vm.createIrqchip();
            KvmWiring[] wirings = new KvmWiring[32];
            for (int i = 0; i < wirings.length; i++) {
                wirings[i] = new KvmWiring(vm, loop, BASE + i * AddressMap.VIRTIO_MMIO_STRIDE, 5 + i % 3);
            }
            for (KvmWiring wiring : wirings) {
                wiring.interrupt();
                wiring.close();
            }
        }
        assertNull(failures.poll());
    }
}
