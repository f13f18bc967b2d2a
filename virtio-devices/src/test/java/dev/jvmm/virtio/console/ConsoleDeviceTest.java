package dev.jvmm.virtio.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleDeviceTest extends VirtioDeviceContract {
    /** A host's end that takes so much and no more. */
    private static final class Peer implements PortPeer {
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        int room = Integer.MAX_VALUE;
        int asked;
        boolean open;

        @Override
        public void output(ByteBuffer bytes) {
            while (room > 0 && bytes.hasRemaining()) {
                taken.write(bytes.get());
                room--;
            }
        }

        @Override
        public void inputReady() {
            asked++;
        }

        @Override
        public void guestOpened(boolean now) {
            open = now;
        }

        String text() {
            String text = taken.toString(StandardCharsets.UTF_8);
            taken.reset();
            return text;
        }
    }

    private static final int NAMED = 1;

    private final Peer terminal = new Peer();
    private final Peer named = new Peer();

    @Override
    protected VirtioDevice create() {
        ConsoleConfig config = new ConsoleConfig(
                List.of(new ConsoleConfig.Port("", true), new ConsoleConfig.Port("org.jvmm.agent", false)), 80, 25);
        return new ConsoleDevice(config, List.of(terminal, named));
    }

    private static ConsoleDevice single(PortPeer peer) {
        return new ConsoleDevice(ConsoleConfig.single(), List.of(peer));
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        terminal.text();
        driver.call(1, "hello".getBytes(StandardCharsets.UTF_8), 0);
        assertEquals("hello", terminal.text());
    }

    private static void input(MockDriver driver, int port, ByteBuffer bytes) {
        ((ConsoleDevice) driver.transport().device()).input(port, bytes);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void control(MockDriver driver, int port, int event, int value) {
        driver.call(3, new byte[]{ (byte) port, 0, 0, 0, (byte) event, 0, (byte) value, 0 }, 0);
    }

    /** Gives the device a buffer for a control message and returns what came, as "port event value tail". */
    private static List<String> heard(MockDriver driver, int buffers) {
        MockRing ring = driver.ring(2);
        long area = driver.allocate(64 * buffers);
        for (int i = 0; i < buffers; i++) {
            ring.post(0, area + 64 * i, 64);
        }
        driver.kick(2);
        List<String> heard = new ArrayList<>();
        for (int i = 0; ring.hasUsed(); i++) {
            int length = (int) ring.takeUsed();
            ByteBuffer message = driver.memory().view(area + 64 * i, length);
            byte[] tail = driver.memory().read(area + 64 * i + 8, length - 8);
            String text = length == 12 ? tail[0] + "x" + tail[2] : new String(tail, StandardCharsets.UTF_8);
            heard.add((message.getInt(0) + " " + message.getShort(4) + " " + message.getShort(6) + " " + text).trim());
        }
        return heard;
    }

    @Test
    void portsAreAnnouncedAsTheDriverIsReady() {
        try (MockDriver driver = MockDriver.started(create())) {
            assertEquals(2, driver.config(ConsoleDevice.CONFIG_MOST_PORTS, 4));
            control(driver, 0, ControlQueue.DEVICE_READY, 1);
            control(driver, 0, ControlQueue.PORT_READY, 1);
            control(driver, NAMED, ControlQueue.PORT_READY, 1);
            control(driver, NAMED, ControlQueue.PORT_OPEN, 1);
            assertEquals(List.of("0 1 1", "1 1 1", "0 4 1", "0 5 0 80x25", "0 6 1", "1 7 1 org.jvmm.agent", "1 6 1"),
                    heard(driver, 10));
            assertTrue(named.open);
            assertFalse(terminal.open);
            control(driver, NAMED, ControlQueue.PORT_OPEN, 0);
            assertFalse(named.open);
        }
    }

    @Test
    void aNewSizeIsTold() {
        try (MockDriver driver = MockDriver.started(create())) {
            control(driver, 0, ControlQueue.PORT_READY, 1);
            heard(driver, 3);
            ((ConsoleDevice) driver.transport().device()).resize(120, 50);
            assertEquals(120 | 50 << 16, driver.config(0, 4));
            assertEquals(MmioRegisters.INTERRUPT_CONFIG_CHANGE,
                    driver.acknowledge() & MmioRegisters.INTERRUPT_CONFIG_CHANGE);
            assertEquals(List.of("0 5 0 120x50"), heard(driver, 1));
        }
    }

    /** A guest that asks again and again and never reads the answers; 5.3.6.2.1: ports that exist are not added. */
    @Test
    void controlMessagesDoNotPileUp() throws InterruptedException {
        try (MockDriver driver = MockDriver.started(create())) {
            byte[] ready = { 0, 0, 0, 0, ControlQueue.DEVICE_READY, 0, 1, 0 };
            long buffer = driver.allocate(8);
            driver.memory().write(buffer, ready);
            for (int i = 0; i < 200 && !driver.needsReset(); i++) {
                driver.ring(3).post(1, buffer, 8);
                driver.kick(3);
                if (driver.ring(3).hasUsed()) {
                    driver.ring(3).takeUsed();
                }
            }
            assertEquals(List.of("0 1 1", "1 1 1"), heard(driver, 10));
            driver.reset();
            driver.start();
            control(driver, 0, ControlQueue.DEVICE_READY, 1);
            assertEquals(List.of("0 1 1", "1 1 1"), heard(driver, 10), "another driver");
        }
    }

    @Test
    void portsAreNotAddedAgainAfterARestore() throws InterruptedException {
        MockDriver driver = MockDriver.started(create());
        control(driver, 0, ControlQueue.DEVICE_READY, 1);
        heard(driver, 2);
        try (MockDriver after = driver.restoredWith(create())) {
            control(after, 0, ControlQueue.DEVICE_READY, 1);
            assertEquals(List.of(), heard(after, 2));
        }
    }

    /** Version 1 did not say which ports the driver was told of: those that it has. */
    @Test
    void anOlderRecordIsRead() {
        StateWriter old = new StateWriter().int32(2).bool(true).bool(false).int64(0).bool(false).bool(true).int64(5);
        VirtioDevice device = create();
        new StateRecord("console", 1, old.int32(0).bytes()).restore(device);
        assertTrue(named.open);
        StateWriter now = new StateWriter().int32(2).bool(true).bool(true).bool(false).int64(0);
        now.bool(false).bool(false).bool(true).int64(5).int32(0);
        assertArrayEquals(now.bytes(), StateRecord.of("console", device).bytes());
    }

    @Test
    void messagesThatAreNoneAreRefused() {
        StateWriter forged = new StateWriter().int32(2).bool(true).bool(true).bool(false).int64(0);
        forged.bool(true).bool(true).bool(false).int64(0).int32(1).bytes(new byte[7]);
        assertThrows(StateException.class, () -> new StateRecord("console", 2, forged.bytes()).restore(create()));
    }

    /** A terminal's window is dragged while the guest is busy. */
    @Test
    void onlyTheLatestSizeWaits() {
        try (MockDriver driver = MockDriver.started(create())) {
            control(driver, 0, ControlQueue.PORT_READY, 1);
            for (int columns = 1; columns <= 1000; columns++) {
                ((ConsoleDevice) driver.transport().device()).resize(columns % 100, 50);
            }
            assertEquals(List.of("0 4 1", "0 6 1", "0 5 0 0x50"), heard(driver, 4));
            assertFalse(driver.needsReset());
        }
    }

    @Test
    void nonsenseOnTheControlQueueIsNoHarm() {
        try (MockDriver driver = MockDriver.started(create())) {
            for (int event = 0; event < 12; event++) {
                control(driver, 99, event, 1);
                control(driver, 0, event, 7);
            }
            assertFalse(driver.needsReset());
            driver.ring(3).post(1, driver.allocate(7), 7);
            driver.kick(3);
            assertTrue(driver.needsReset(), "a message that is cut short");
        }
    }

    @Test
    void outputWaitsForTheHost() {
        try (MockDriver driver = MockDriver.started(single(terminal))) {
            terminal.room = 7;
            long buffer = driver.allocate(16);
            driver.memory().write(buffer, "0123456789".getBytes(StandardCharsets.UTF_8));
            driver.ring(1).post(2, buffer, 4, buffer + 4, 6);
            driver.kick(1);
            assertEquals("0123456", terminal.text());
            assertFalse(driver.ring(1).hasUsed());
            terminal.room = 100;
            ((ConsoleDevice) driver.transport().device()).outputReady(0);
            assertEquals("789", terminal.text());
            assertEquals(0, driver.ring(1).takeUsed());
        }
    }

    @Test
    void whatTheHostTookIsNotSentAgainAfterARestore() throws InterruptedException {
        terminal.room = 7;
        MockDriver driver = MockDriver.started(single(terminal));
        long buffer = driver.allocate(16);
        driver.memory().write(buffer, "0123456789".getBytes(StandardCharsets.UTF_8));
        driver.ring(1).post(1, buffer, 10);
        driver.kick(1);
        assertEquals("0123456", terminal.text());
        Peer fresh = new Peer();
        try (MockDriver after = driver.restoredWith(single(fresh))) {
            assertEquals("789", fresh.text());
            assertTrue(fresh.open);
            assertTrue(after.ring(1).hasUsed());
        }
    }

    /** Most of RAM as one line: it goes out in shares. */
    @Test
    void aHugeOutputIsSentInTurns() {
        PortPeer.NONE.output(ByteBuffer.allocate(1));
        int[] blocks = new int[1];
        PortPeer counting = bytes -> {
            blocks[0]++;
            assertTrue(bytes.remaining() <= 4096);
            bytes.position(bytes.limit());
        };
        try (MockDriver driver = MockDriver.started(single(counting))) {
            driver.ring(1).post(1, 0, MockDriver.MEMORY);
            driver.kick(1);
            assertEquals(MockDriver.MEMORY / 4096, blocks[0]);
            assertEquals(0, driver.ring(1).takeUsed());
        }
    }

    @Test
    void inputFillsWhatTheGuestHasRoomFor() {
        try (MockDriver driver = MockDriver.started(single(terminal))) {
            ByteBuffer text = bytes("hello");
            input(driver, 0, text);
            assertEquals(5, text.remaining());
            long buffer = driver.allocate(16);
            driver.ring(0).post(0, buffer, 3);
            driver.kick(0);
            assertEquals(1, terminal.asked);
            input(driver, 0, text);
            assertEquals(2, text.remaining());
            assertEquals(3, driver.ring(0).takeUsed());
            assertArrayEquals("hel".getBytes(StandardCharsets.UTF_8), driver.memory().read(buffer, 3));
        }
    }

    /** A guest that supplies buffers as fast as they are used does not hold up the others. */
    @Test
    void inputGoesInTurns() {
        try (MockDriver driver = MockDriver.forDevice(single(terminal))) {
            driver.limitQueues(4);
            driver.start();
            for (int i = 0; i < 4; i++) {
                driver.ring(0).post(0, 0x1000, 0);
            }
            ByteBuffer text = bytes("hello");
            input(driver, 0, text);
            assertEquals(5, text.remaining());
            assertEquals(1, terminal.asked, "another turn");
            input(driver, 0, text);
            assertEquals(1, terminal.asked, "there is no room");
        }
    }

    /** 5.3.5: the emergency write is there for broken rings, among other things. */
    @Test
    void aByteCanBeWrittenWhenTheRingsAreBroken() {
        try (MockDriver driver = MockDriver.started(create())) {
            driver.ring(0).availableIndex(0x8000);
            driver.ring(1).availableIndex(0x8000);
            driver.kick(1);
            assertTrue(driver.needsReset());
            driver.writeConfig(ConsoleDevice.CONFIG_EMERGENCY, 4, 'x');
            assertEquals("x", terminal.text());
        }
    }

    /** A kick of a queue that means nothing made the device ask for another turn, and another. */
    @Test
    void queuesWithoutAPortAreLeftAlone() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            driver.negotiate(driver.offered() & ~ConsoleDevice.F_MULTIPORT);
            driver.setUpQueue(3, 4);
            driver.addStatus(DeviceStatus.DRIVER_OK);
            int turns = driver.wiring().turns();
            driver.kick(3);
            assertEquals(turns + 1, driver.wiring().turns());
        }
    }

    @Test
    void aByteCanBeWrittenWithoutQueues() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            driver.writeConfig(ConsoleDevice.CONFIG_EMERGENCY, 4, 'x');
            assertEquals("x", terminal.text());
        }
    }

    @Test
    void theGuestsEndClosesWithAReset() {
        try (MockDriver driver = MockDriver.started(single(terminal))) {
            assertTrue(terminal.open);
            driver.reset();
            assertFalse(terminal.open);
        }
    }
}
