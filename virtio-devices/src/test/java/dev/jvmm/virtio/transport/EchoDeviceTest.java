package dev.jvmm.virtio.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.EchoDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;

/** The contract, on the smallest device: what it finds here is the transport's fault. */
class EchoDeviceTest extends VirtioDeviceContract {
    @Override
    protected VirtioDevice create() {
        return new EchoDevice();
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        byte[] hello = { 'h', 'e', 'l', 'l', 'o' };
        assertArrayEquals(hello, driver.call(0, hello, 10));
        assertArrayEquals(new byte[]{ 'h' }, driver.call(1, hello, 1));
    }

    @Override
    protected Runnable steadyRequest(MockDriver driver) {
        MockRing ring = driver.ring(0);
        long buffer = driver.allocate(8192);
        ring.post(1, buffer, 4096, buffer + 4096, 4096);
        driver.kick(0);
        ring.takeUsedAndKeep();
        return () -> {
            ring.publish(0);
            driver.kick(0);
            ring.takeUsedAndKeep();
        };
    }
}
