package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Vhost;
import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetConfig;
import dev.jvmm.virtio.net.NetDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The same while the host's kernel moves the frames, and what ends that. */
@RequiresNetworks
@EnabledIf(value = "hostHasVhost", disabledReason = "this host has no /dev/vhost-net")
final class CardOnVhostTest extends CardOnTapTest {
    private static final int BEYOND_RAM = 64 << 20;

    private boolean kernel = true;

    static boolean hostHasVhost() {
        return Files.exists(Path.of(Vhost.NET));
    }

    @Override
    HostNetwork.Opened opened(String tap) {
        return kernel ? HostNetwork.accelerated(super.opened(tap)) : super.opened(tap);
    }

    /** Whatever a test did, frames of a card in the kernel's hands never came past us. */
    @AfterEach
    void kernelMovedFrames() {
        if (kernel) {
            assertEquals(0, device.statistics().sentFrames());
            assertEquals(0, device.statistics().receivedFrames());
        }
    }

    @Test
    void comesBackAfterResets() {
        for (int round = 0; round < 5; round++) {
            talk(20);
            driver.reset();
            driver.rewind();
            driver.start();
            fillUp();
        }
        talk(20);
    }

    @Test
    void isAsGoodWithoutEventIndexes() {
        driver.reset();
        driver.rewind();
        driver.start(driver.offered() & ~(1L << 29));
        fillUp();
        talk(200);
    }

    @Test
    void pulledCableStopsIt() throws InterruptedException {
        talk(10);
        device.link(false);
        Pause.until("the link is down", () -> (driver.config(6, 2) & 1) == 0);
        byte[] lost = Frames.ethernet(Frames.GUEST, Frames.OTHER, 100);
        host.send(Frames.joined(new byte[10], lost));
        device.link(true);
        Pause.until("the link is up", () -> (driver.config(6, 2) & 1) == 1);
        receive(PacketSocket.EXPERIMENT); // waited with the TAP
        talk(100);
    }

    @Test
    void goesOnAfterAPause() throws InterruptedException {
        talk(50);
        for (int i = 0; i < 5; i++) {
            driver.transport().pause();
            assertTrue((driver.read(MmioRegisters.INTERRUPT_STATUS) & 1) != 0, "the driver has to look again");
            driver.transport().resume();
            talk(20);
        }
    }

    /** From the kernel's hands to the kernel's, to ours, and back. */
    @Test
    void savedCardsGoOnAnywhere() throws InterruptedException {
        talk(50);
        moveTo("t1");
        talk(50);
        kernel = false;
        moveTo("t2");
        talk(50);
        assertTrue(device.statistics().sentFrames() >= 50);
        kernel = true;
        long before = device.statistics().sentFrames();
        moveTo("t3");
        talk(50);
        assertEquals(before, device.statistics().sentFrames(), "the kernel took over what we had taken ahead");
        kernel = false; // the counters went with the card
    }

    private void moveTo(String tap) throws InterruptedException {
        NetDevice fresh = card(tap);
        host.close();
        driver = driver.restoredWith(fresh);
        device = fresh;
        host = namespace.socketWithHeader(tap);
    }

    @Test
    void queueIsGivenBack() {
        talk(10);
        driver.write(MmioRegisters.QUEUE_SEL, RECEIVE);
        driver.write(MmioRegisters.QUEUE_READY, 0);
        Pause.until("the queue is free", () -> {
            driver.write(MmioRegisters.QUEUE_SEL, RECEIVE);
            return driver.read(MmioRegisters.QUEUE_READY) == 0;
        });
        byte[] before = driver.memory().read(0, (int) MockDriver.MEMORY);
        host.send(Frames.joined(new byte[10], Frames.ethernet(Frames.GUEST, Frames.OTHER, 100)));
        Pause.millis(50);
        assertArrayEquals(before, driver.memory().read(0, (int) MockDriver.MEMORY), "nobody writes to it any more");
        assertFalse(driver.needsReset());
    }

    /** The kernel reads and writes the guest's RAM, and complains of everything else. */
    @Test
    void lieStopsTheDevice() {
        talk(10);
        driver.ring(TRANSMIT).post(1, BEYOND_RAM, 100);
        driver.kick(TRANSMIT);
        Pause.until("the device stands still", driver::needsReset);
        byte[] before = driver.memory().read(0, (int) MockDriver.MEMORY);
        host.send(Frames.joined(new byte[10], Frames.ethernet(Frames.GUEST, Frames.OTHER, 100)));
        Pause.millis(50);
        assertArrayEquals(before, driver.memory().read(0, (int) MockDriver.MEMORY), "nothing comes any more");
        driver.reset();
        driver.rewind();
        driver.start();
        fillUp();
        receive(PacketSocket.EXPERIMENT); // waited with the TAP
        talk(10);
    }

    @Test
    void receiveBuffersHaveToBeRam() {
        driver.reset();
        driver.rewind();
        driver.start();
        driver.ring(RECEIVE).post(0, MockDriver.MEMORY - 10, 2048);
        driver.kick(RECEIVE);
        host.send(Frames.joined(new byte[10], Frames.ethernet(Frames.GUEST, Frames.OTHER, 1000)));
        Pause.until("the device stands still", driver::needsReset);
        assertEquals(0, driver.status() & DeviceStatus.FAILED);
    }

    /** Two pairs: the second one's kernel thread serves it once the driver asks for it. */
    @Test
    void pairsComeAndGo() {
        HostNetwork.Opened opened = HostNetwork.accelerated(
                HostNetwork.openTap("m0", 2, OptionalInt.empty(), namespace.path()));
        NetDevice card = new NetDevice("eth1", NetConfig.of(new MacAddress(0x5254_0000_0077L)).withPairs(2),
                opened.backend());
        try (MockDriver several = MockDriver.started(card);
                PacketSocket outside = namespace.socketWithHeader("m0")) {
            for (int pairs : new int[]{ 2, 1, 2 }) {
                byte[] ack = several.call(4, new byte[]{ 4, 0, (byte) pairs, 0 }, 1);
                assertEquals(0, ack[0]);
                for (int pair = 0; pair < pairs; pair++) {
                    byte[] frame = Frames.ethernet(Frames.OTHER, Frames.GUEST, 100 + pair);
                    several.call(2 * pair + 1, Frames.plain(frame), 0);
                    assertArrayEquals(frame, outside.receive(PacketSocket.EXPERIMENT));
                }
            }
            assertEquals(0, card.statistics().sentFrames());
        }
    }
}
