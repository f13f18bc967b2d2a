package dev.jvmm.virtio.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.MmioRegisters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The part of the contract that is about bringing a device up: identity, status, features, configuration, registers. */
@Timeout(120)
abstract class BringUpContract {
    static final int ALL_STEPS = 6;

    /** A fresh device, always of the same configuration; the host's side may be shared. */
    protected abstract VirtioDevice create();

    /** Proves that a device whose driver has just started works: does its usual work and checks the outcome. */
    protected abstract void proveWorking(MockDriver driver);

    final MockDriver driver() {
        return MockDriver.forDevice(create());
    }

    /** One of the steps of bringing a device up. */
    static void step(MockDriver driver, int step) {
        switch (step) {
            case 0 -> assertTrue(driver.addStatus(DeviceStatus.ACKNOWLEDGE));
            case 1 -> assertTrue(driver.addStatus(DeviceStatus.DRIVER));
            case 2 -> driver.accept(driver.offered());
            case 3 -> assertTrue(driver.addStatus(DeviceStatus.FEATURES_OK));
            case 4 -> driver.setUpQueues();
            default -> assertTrue(driver.addStatus(DeviceStatus.DRIVER_OK));
        }
    }

    @Test
    void itSaysWhatItIs() {
        try (MockDriver driver = driver()) {
            assertEquals(0x74726976, driver.read(MmioRegisters.MAGIC_VALUE));
            assertEquals(2, driver.read(MmioRegisters.VERSION));
            assertEquals(driver.transport().device().type(), driver.read(MmioRegisters.DEVICE_ID));
            assertNotEquals(0, driver.read(MmioRegisters.DEVICE_ID));
            assertEquals(0, driver.status());
            int queues = driver.transport().device().queues();
            for (int queue = 0; queue < queues; queue++) {
                driver.write(MmioRegisters.QUEUE_SEL, queue);
                assertEquals(1, Integer.bitCount(driver.read(MmioRegisters.QUEUE_NUM_MAX)), "queue " + queue);
                assertEquals(0, driver.read(MmioRegisters.QUEUE_READY));
            }
            for (int queue : new int[]{ queues, -1, Integer.MIN_VALUE, Integer.MAX_VALUE }) {
                driver.write(MmioRegisters.QUEUE_SEL, queue);
                assertEquals(0, driver.read(MmioRegisters.QUEUE_NUM_MAX), "queue " + queue);
                driver.write(MmioRegisters.QUEUE_READY, 1);
                assertEquals(0, driver.read(MmioRegisters.QUEUE_READY), "queue " + queue);
            }
        }
    }

    @Test
    void itWorks() {
        try (MockDriver driver = MockDriver.started(create())) {
            proveWorking(driver);
            assertFalse(driver.needsReset());
        }
    }

    /** virtio 1.2, 2.1 and 3.1.1. */
    @Test
    void statusGoesForwardStepByStep() {
        try (MockDriver driver = driver()) {
            assertFalse(driver.addStatus(DeviceStatus.DRIVER));
            assertFalse(driver.addStatus(DeviceStatus.FEATURES_OK));
            assertFalse(driver.addStatus(DeviceStatus.DRIVER_OK));
            assertEquals(0, driver.status());
            for (int step = 0; step < ALL_STEPS; step++) {
                step(driver, step);
                int status = driver.status();
                driver.write(MmioRegisters.STATUS, DeviceStatus.ACKNOWLEDGE << 4);
                driver.write(MmioRegisters.STATUS, status & ~DeviceStatus.ACKNOWLEDGE | 0x20);
                driver.write(MmioRegisters.STATUS, status | DeviceStatus.NEEDS_RESET | 0x30);
                assertEquals(status, driver.status());
            }
            driver.addStatus(DeviceStatus.FAILED);
            driver.reset();
            driver.start();
            proveWorking(driver);
        }
    }

    /** 2.2: any subset, or a clear refusal; nothing that was not offered. */
    @Test
    void onlyOfferedFeaturesAreAgreedOn() {
        try (MockDriver driver = driver()) {
            long offered = driver.offered();
            assertEquals(VirtioFeature.COMMON, offered & VirtioFeature.COMMON);
            assertEquals(0, offered & ~VirtioFeature.COMMON & ~VirtioFeature.DEVICE_BITS);
            assertTrue(driver.negotiate(offered));
            assertFalse(driver.negotiate(offered & ~VirtioFeature.VERSION_1));
            assertTrue(driver.negotiate(VirtioFeature.VERSION_1), "no feature is demanded");
            for (int bit = 0; bit < Long.SIZE; bit++) {
                if ((offered & 1L << bit) == 0) {
                    assertFalse(driver.negotiate(offered | 1L << bit), "bit " + bit);
                }
            }
            driver.reset();
            driver.addStatus(DeviceStatus.ACKNOWLEDGE);
            driver.addStatus(DeviceStatus.DRIVER);
            driver.accept(offered);
            driver.write(MmioRegisters.DRIVER_FEATURES_SEL, 2);
            driver.write(MmioRegisters.DRIVER_FEATURES, 1);
            assertFalse(driver.addStatus(DeviceStatus.FEATURES_OK), "bit 64");
            driver.write(MmioRegisters.DEVICE_FEATURES_SEL, 2);
            assertEquals(0, driver.read(MmioRegisters.DEVICE_FEATURES));
            driver.start(VirtioFeature.VERSION_1);
            proveWorking(driver);
        }
    }

    @Test
    void featuresAreFinalOnceAgreedOn() {
        try (MockDriver driver = driver()) {
            assertTrue(driver.negotiate(driver.offered()));
            driver.accept(1L << 63 | 1L << 40);
            driver.accept(driver.offered());
            driver.setUpQueues();
            assertTrue(driver.addStatus(DeviceStatus.DRIVER_OK));
            proveWorking(driver);
        }
    }

    @Test
    void configurationIsReadAtAnySizeAndPlace() {
        try (MockDriver driver = driver()) {
            int size = driver.transport().device().config().size();
            int generation = driver.read(MmioRegisters.CONFIG_GENERATION);
            for (int offset = 0; offset < size + 16; offset++) {
                long eight = driver.config(offset, 8);
                for (int bytes = 1; bytes <= 8; bytes *= 2) {
                    long mask = bytes == 8 ? -1 : (1L << 8 * bytes) - 1;
                    assertEquals(eight & mask, driver.config(offset, bytes), offset + "/" + bytes);
                }
                if (offset >= size) {
                    assertEquals(0, eight);
                }
            }
            assertEquals(0, driver.config(0xEF8, 8));
            assertEquals(generation, driver.read(MmioRegisters.CONFIG_GENERATION));
        }
    }

    @Test
    void configurationWritesBreakNothing() {
        try (MockDriver driver = MockDriver.started(create())) {
            int size = driver.transport().device().config().size();
            for (int offset = 0; offset < size + 16; offset++) {
                for (int bytes = 1; bytes <= 8; bytes *= 2) {
                    driver.writeConfig(offset, bytes, -1L >>> 64 - 8 * bytes);
                    driver.writeConfig(offset, bytes, 0);
                }
            }
            driver.reset();
            driver.start();
            proveWorking(driver);
        }
    }

    /** 4.2.2.2: control registers are 32 bits wide and aligned. */
    @Test
    void registersOfTheWrongSizeAreNotThere() {
        try (MockDriver driver = MockDriver.started(create())) {
            int status = driver.status();
            for (int size : new int[]{ 1, 2, 8 }) {
                for (int offset = 0; offset < MmioRegisters.CONFIG; offset++) {
                    assertEquals(0, driver.transport().read(offset, size));
                    driver.transport().write(offset, size, 0);
                }
            }
            for (int offset = 0; offset < MmioRegisters.CONFIG; offset++) {
                if (offset % 4 != 0) {
                    assertEquals(0, driver.transport().read(offset, 4));
                    driver.transport().write(offset, 4, 0);
                }
            }
            assertEquals(status, driver.status());
            proveWorking(driver);
        }
    }
}
