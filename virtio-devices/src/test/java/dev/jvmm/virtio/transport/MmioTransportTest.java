package dev.jvmm.virtio.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.testing.EchoDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a transport does besides the contract of devices. */
@Timeout(60)
class MmioTransportTest {
    /** Takes chains and keeps them until it is told to finish, as a device with a slow file does. */
    private static final class SlowDevice extends EchoDevice {
        final List<DescriptorChain> taken = new ArrayList<>();
        boolean wasReset;

        @Override
        public void notified(int queue) {
            DescriptorChain next = new DescriptorChain();
            while (queues.get(queue).next(next)) {
                taken.add(next);
                next = new DescriptorChain();
            }
        }

        @Override
        public void reset() {
            wasReset = true; // and goes on to hold its queue, as a completion on its way does
        }

        @Override
        public boolean idle() {
            return taken.isEmpty();
        }

        /** On the loop, as a completion comes. */
        void finish() {
            host.post(() -> {
                for (DescriptorChain each : taken) {
                    queues.getFirst().complete(each, each.writableLength());
                }
                queues.getFirst().flush();
                taken.clear();
                host.idle();
            });
        }
    }

    @Test
    void sharedMemoryIsFoundById() {
        try (MockDriver driver = MockDriver.forDevice(new EchoDevice())) {
            driver.write(MmioRegisters.SHM_SEL, 7);
            assertEquals(0x0000_1000, driver.read(MmioRegisters.SHM_LEN_LOW));
            assertEquals(2, driver.read(MmioRegisters.SHM_LEN_HIGH));
            assertEquals(0x3456_7000, driver.read(MmioRegisters.SHM_BASE_LOW));
            assertEquals(0x12, driver.read(MmioRegisters.SHM_BASE_HIGH));
            driver.write(MmioRegisters.SHM_SEL, 0);
            for (int register = MmioRegisters.SHM_LEN_LOW; register <= MmioRegisters.SHM_BASE_HIGH; register += 4) {
                assertEquals(-1, driver.read(register));
            }
        }
    }

    @Test
    void aChangedConfigurationIsANewGenerationAndAnInterrupt() {
        EchoDevice device = new EchoDevice();
        try (MockDriver driver = MockDriver.forDevice(device)) {
            int before = driver.read(MmioRegisters.CONFIG_GENERATION);
            device.config().putInt8(12, 9);
            assertTrue(before != driver.read(MmioRegisters.CONFIG_GENERATION));
            device.announceConfig();
            assertEquals(0, driver.interrupts(), "the driver is not listening");
            driver.start();
            device.announceConfig();
            assertEquals(1, driver.interrupts());
            assertEquals(MmioRegisters.INTERRUPT_CONFIG_CHANGE, driver.acknowledge());
            assertEquals(0, driver.acknowledge());
            driver.writeConfig(8, 4, 0x1234_5678);
            assertEquals(0x1234_5678, driver.config(8, 4));
            driver.writeConfig(10, 4, 1);
            assertEquals(0x1234_5678, driver.config(8, 4), "beyond the end");
        }
    }

    /** Each event has its own edge, and bits stay until they are acknowledged. */
    @Test
    void interruptBitsStayUntilAcknowledged() {
        try (MockDriver driver = MockDriver.forDevice(new EchoDevice())) {
            driver.start(VirtioFeature.VERSION_1);
            driver.call(0, new byte[1], 1);
            driver.call(0, new byte[1], 1);
            assertEquals(2, driver.interrupts());
            driver.write(MmioRegisters.INTERRUPT_ACK, ~MmioRegisters.INTERRUPT_USED_BUFFER);
            assertEquals(MmioRegisters.INTERRUPT_USED_BUFFER, driver.acknowledge());
            assertEquals(0, driver.acknowledge());
        }
    }

    @Test
    void aResetWaitsForTheHostAndDropsWhatComesLate() throws InterruptedException {
        SlowDevice device = new SlowDevice();
        try (MockDriver driver = MockDriver.started(device)) {
            MockRing ring = driver.ring(0);
            ring.post(0, driver.allocate(64), 64);
            driver.kick(0);
            Thread vcpu = new Thread(() -> driver.write(MmioRegisters.STATUS, 0), "vcpu-in-reset");
            vcpu.start();
            while (vcpu.getState() != Thread.State.WAITING && vcpu.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            assertTrue(device.wasReset);
            assertTrue(driver.status() != 0, "not complete yet");
            assertFalse(driver.addStatus(DeviceStatus.FAILED));
            device.finish();
            vcpu.join();
            assertEquals(0, driver.status());
            assertFalse(ring.hasUsed(), "the completion was of an older life");
            assertEquals(0, driver.interrupts());
            driver.start();
            assertTrue(device.taken.isEmpty());
        }
    }

    @Test
    void theEndOfTheMachineLetsAResetGo() throws InterruptedException {
        SlowDevice device = new SlowDevice();
        try (MockDriver driver = MockDriver.started(device)) {
            driver.ring(0).post(0, driver.allocate(64), 64);
            driver.kick(0);
            Thread vcpu = new Thread(() -> driver.write(MmioRegisters.STATUS, 0), "vcpu-in-reset");
            vcpu.start();
            driver.transport().release();
            vcpu.join();
            device.finish();
        }
    }

    /** Cloud Hypervisor CVE-2026-45782: a completion after the device is gone. */
    @Test
    void theEndOfTheDeviceWaitsForTheHost() throws InterruptedException {
        SlowDevice device = new SlowDevice();
        MockDriver driver = MockDriver.started(device);
        MockRing ring = driver.ring(0);
        ring.post(0, driver.allocate(64), 64);
        driver.kick(0);
        Thread closer = new Thread(() -> driver.transport().close(), "closer");
        closer.start();
        while (closer.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        device.finish();
        closer.join();
        assertFalse(ring.hasUsed());
        assertEquals(0, driver.read(MmioRegisters.MAGIC_VALUE), "nobody home");
        driver.close();
    }

    @Test
    void aStoppedQueueCountsAsReadyWhileChainsAreOut() {
        SlowDevice device = new SlowDevice();
        try (MockDriver driver = MockDriver.started(device)) {
            driver.ring(0).post(0, driver.allocate(64), 64);
            driver.kick(0);
            driver.write(MmioRegisters.QUEUE_SEL, 0);
            driver.write(MmioRegisters.QUEUE_READY, 0);
            assertEquals(1, driver.read(MmioRegisters.QUEUE_READY));
            driver.ring(0).post(0, driver.allocate(64), 64);
            driver.kick(0);
            assertEquals(1, device.taken.size(), "nothing more is taken");
            device.finish();
            driver.awaitUsed(0);
            assertEquals(0, driver.read(MmioRegisters.QUEUE_READY));
            driver.kick(0);
            driver.write(MmioRegisters.QUEUE_READY, 1);
            assertEquals(0, driver.read(MmioRegisters.QUEUE_READY), "not without another start");
        }
    }

    @Test
    void aPauseWaitsForTheHostAndTakesNothingNew() throws InterruptedException {
        SlowDevice device = new SlowDevice();
        try (MockDriver driver = MockDriver.started(device)) {
            driver.ring(0).post(0, driver.allocate(64), 64);
            driver.kick(0);
            device.finish();
            driver.transport().pause();
            assertEquals(64, driver.ring(0).takeUsed());
            driver.ring(0).post(0, driver.allocate(64), 64);
            driver.kick(0);
            assertTrue(device.taken.isEmpty());
            int edges = driver.interrupts();
            driver.transport().resume();
            assertEquals(1, device.taken.size(), "the kick was not lost");
            assertEquals(edges + 1, driver.interrupts(), "nor is an interrupt that was not acknowledged");
            device.finish();
            driver.awaitUsed(0);
        }
    }

    /** A device's own mistake is no worse than a driver's. */
    @Test
    void aBugInADeviceStopsThatDevice() {
        EchoDevice buggy = new EchoDevice() {
            @Override
            public void notified(int queue) {
                if (queue == 1) {
                    throw new IllegalStateException("on purpose");
                }
                super.notified(queue);
            }
        };
        try (MockDriver driver = MockDriver.forDevice(buggy)) {
            driver.negotiate(driver.offered());
            driver.setUpQueue(0, 16);
            assertTrue(driver.addStatus(DeviceStatus.DRIVER_OK));
            assertArrayEquals(new byte[]{ 5 }, driver.call(0, new byte[]{ 5 }, 1));
            driver.reset();
            driver.negotiate(driver.offered());
            driver.setUpQueues();
            driver.write(MmioRegisters.STATUS, driver.status() | DeviceStatus.DRIVER_OK);
            assertTrue(driver.needsReset());
        }
    }

    @Test
    void noForgedStateIsWorseThanARefusal() throws InterruptedException {
        byte[] good;
        try (MockDriver driver = MockDriver.started(new EchoDevice())) {
            driver.call(0, new byte[]{ 1 }, 1);
            driver.transport().pause();
            good = StateRecord.of("echo", driver.transport()).bytes();
        }
        Random random = new Random(6);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] forged = good.clone();
            for (int change = 0; change <= i % 3; change++) {
                forged[random.nextInt(forged.length)] = (byte) random.nextInt();
            }
            try (MockDriver driver = MockDriver.forDevice(new EchoDevice())) {
                new StateRecord("echo", 1, forged).restore(driver.transport());
                driver.transport().resume();
                driver.reset();
                driver.start();
                driver.call(0, new byte[]{ 1 }, 1);
            } catch (StateException e) {
                refused++;
            }
        }
        assertTrue(refused > 100, refused + " refused");
        try (MockDriver driver = MockDriver.forDevice(new EchoDevice())) {
            StateRecord cut = new StateRecord("echo", 1, Arrays.copyOf(good, good.length - 1));
            assertThrows(StateException.class, () -> cut.restore(driver.transport()));
        }
    }
}
