package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.balloon.BalloonConfig;
import dev.jvmm.virtio.balloon.BalloonDevice;
import dev.jvmm.virtio.balloon.BalloonListener;
import dev.jvmm.virtio.console.ConsoleConfig;
import dev.jvmm.virtio.console.ConsoleDevice;
import dev.jvmm.virtio.console.PortPeer;
import dev.jvmm.virtio.entropy.EntropyConfig;
import dev.jvmm.virtio.entropy.EntropyDevice;
import dev.jvmm.virtio.testing.EchoDevice;
import dev.jvmm.virtio.testing.MockDriver;
import java.util.Arrays;
import java.util.List;

/**
 * Records of any content, as a forged snapshot has them. They are refused, or taken and then the device stands whatever its driver does and
 * works after a reset.
 */
class DeviceStateFuzzTest {
    private static final int KINDS = 4;
    private static final GuestMemory MEMORY = GuestMemory.allocate(MemoryOptions.ofSize(MockDriver.MEMORY));

    /** The first byte chooses the device; the others are the record. */
    @FuzzTest(maxDuration = "10m")
    void anyRecord(byte[] input) {
        if (input.length == 0) {
            return;
        }
        try (MockDriver driver = MockDriver.forDevice(device((input[0] & 0xFF) % KINDS))) {
            new StateRecord("device", 1, Arrays.copyOfRange(input, 1, input.length)).restore(driver.transport());
            driver.transport().resume();
            int queues = driver.transport().device().queues();
            for (int queue = 0; queue < queues; queue++) {
                driver.kick(queue);
            }
            StateRecord.of("device", driver.transport());
            driver.reset();
            driver.start();
            for (int queue = 0; queue < queues; queue++) {
                driver.kick(queue);
            }
            if (driver.needsReset()) {
                throw new AssertionError("the device does not work");
            }
        } catch (StateException e) {
            // a forgery, found
        }
    }

    private static VirtioDevice device(int kind) {
        return switch (kind) {
            case 0 -> new EchoDevice();
            case 1 -> new ConsoleDevice(
                    new ConsoleConfig(
                            List.of(new ConsoleConfig.Port("", true), new ConsoleConfig.Port("a", false)), 80, 25),
                    List.of(PortPeer.NONE, PortPeer.NONE));
            case 2 -> new BalloonDevice(new BalloonConfig(1 << 20, true, true, true), MEMORY,
                    BalloonListener.NONE);
            default -> new EntropyDevice(EntropyConfig.UNLIMITED);
        };
    }
}
