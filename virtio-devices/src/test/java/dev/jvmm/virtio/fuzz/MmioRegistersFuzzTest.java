package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.testing.EchoDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.util.Arrays;

/** Any sequence of register accesses, by one driver; whatever it was, a reset brings a working device back. */
class MmioRegistersFuzzTest {
    private static final int OPERATION = 7;
    private static final int MOST = 200;

    private final MockDriver driver = MockDriver.forDevice(new EchoDevice());

    /** Seven bytes an access: what and how wide, the register, a value. */
    @FuzzTest(maxDuration = "10m")
    void anyAccesses(byte[] input) {
        int end = Math.min(input.length, MOST * OPERATION);
        for (int at = 0; at + OPERATION <= end; at += OPERATION) {
            int what = input[at];
            int size = 1 << (what >> 1 & 3);
            long offset = (input[at + 1] & 0xFF | (input[at + 2] & 1) << 8) << ((what & 8) == 0 ? 0 : 3);
            long value = input[at + 3] & 0xFF | (input[at + 4] & 0xFF) << 8 | (input[at + 5] & 0xFF) << 16
                    | (input[at + 6] & 0xFFL) << 24;
            if (offset > 0x1000 - size) {
                continue;
            }
            if ((what & 0x30) == 0x30) {
                helpAlong(what >> 6 & 3);
            } else if ((what & 1) == 0) {
                driver.transport().write(offset, size, value);
            } else {
                driver.transport().read(offset, size);
            }
        }
        driver.reset();
        driver.rewind();
        driver.start();
        byte[] hello = { 1, 2, 3 };
        if (!Arrays.equals(hello, driver.call(0, hello, 3))) {
            throw new AssertionError("the device does not work");
        }
        driver.reset();
        driver.rewind();
    }

    /** Steps that chance would rarely take. */
    private void helpAlong(int step) {
        switch (step) {
            case 0 -> driver.negotiate(driver.offered());
            case 1 -> {
                if ((driver.status()
                        & (DeviceStatus.FEATURES_OK | DeviceStatus.DRIVER_OK)) == DeviceStatus.FEATURES_OK) {
                    driver.rewind();
                    driver.setUpQueues();
                }
            }
            case 2 -> driver.addStatus(DeviceStatus.DRIVER_OK);
            default -> driver.write(MmioRegisters.QUEUE_SEL, 1);
        }
    }
}
