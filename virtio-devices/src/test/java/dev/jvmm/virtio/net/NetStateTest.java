package dev.jvmm.virtio.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.virtio.testing.MockDriver;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A card that is saved and goes on elsewhere. */
@Timeout(60)
class NetStateTest {
    private static final int PAIRS = 2;
    private static final NetConfig CONFIG = NetConfig.of(NetFixture.MAC).withPairs(PAIRS);

    private MemoryBackend backend = new MemoryBackend(PAIRS);
    private NetDevice device = new NetDevice("eth0", CONFIG, backend);
    private MockDriver mock = MockDriver.started(device);

    @AfterEach
    void close() {
        mock.close();
    }

    /** The driver goes on with another device, over another network. */
    private void move() throws InterruptedException {
        backend = new MemoryBackend(PAIRS);
        device = new NetDevice("eth0", CONFIG, backend);
        mock = mock.restoredWith(device);
        afterTasks();
    }

    private void afterTasks() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        backend.host.post(done::countDown);
        done.await();
    }

    private int command(int kind, int command, byte... body) {
        return new NetDriver(mock, 2 * PAIRS).command(kind, command, body);
    }

    @Test
    void whatTheDriverHasSetStays() throws InterruptedException {
        byte[] address = new MacAddress(NetDriver.OTHER).octets();
        command(NetControl.CLASS_RX, ReceiveFilter.PROMISCUOUS, (byte) 0);
        command(NetControl.CLASS_MAC, NetControl.MAC_ADDR_SET, address);
        command(NetControl.CLASS_MAC, NetControl.MAC_TABLE_SET,
                NetDriver.tables(new long[]{ NetDriver.OTHER + 5 }, new long[]{ 0x0100_5E00_0001L }));
        command(NetControl.CLASS_VLAN, NetControl.VLAN_ADD, NetDriver.little(9, 2));
        command(NetControl.CLASS_MQ, NetControl.VQ_PAIRS_SET, NetDriver.little(2, 2));
        command(NetControl.CLASS_GUEST_OFFLOADS, NetControl.GUEST_OFFLOADS_SET,
                NetDriver.little(NetFeature.GUEST_CSUM, 8));
        new NetDriver(mock, 2 * PAIRS).send(0, NetDriver.frame(77));
        final long configured = backend.configured;
        move();
        assertEquals(configured, backend.configured);
        assertEquals(2, backend.pairsInUse);
        assertEquals(NetDriver.OTHER, Long.reverseBytes(mock.config(CardConfig.MAC, 8)) >>> 16);
        assertEquals(77, device.statistics().sentBytes());
        ReceiveFilter filter = device.filter;
        for (long to : new long[]{ NetDriver.OTHER, NetDriver.OTHER + 5, 0x0100_5E00_0001L }) {
            assertTrue(filter.wants(Long.reverseBytes(to << 16), 0));
            assertTrue(filter.wants(Long.reverseBytes(to << 16), 0x0900_0081));
            assertFalse(filter.wants(Long.reverseBytes(to + 1 << 16), 0));
            assertFalse(filter.wants(Long.reverseBytes(to << 16), 0x0A00_0081));
        }
    }

    /** The neighbours have to learn where the guest is now. */
    @Test
    void anAnnouncementIsAskedFor() throws InterruptedException {
        mock.acknowledge();
        move();
        assertEquals(CardConfig.LINK_UP | CardConfig.ANNOUNCE, mock.config(CardConfig.STATUS, 2));
        assertEquals(NetControl.OK, command(NetControl.CLASS_ANNOUNCE, NetControl.ANNOUNCE_ACK));
        assertEquals(CardConfig.LINK_UP, mock.config(CardConfig.STATUS, 2));
    }

    /** Somebody has pulled it out, and has not put it back. */
    @Test
    void aCableThatIsOutStaysOut() throws InterruptedException {
        device.link(false);
        afterTasks();
        move();
        assertEquals(0, mock.config(CardConfig.STATUS, 2) & CardConfig.LINK_UP);
        device.link(true);
        afterTasks();
        assertEquals(CardConfig.LINK_UP, mock.config(CardConfig.STATUS, 2) & CardConfig.LINK_UP);
    }

    /** Chains that were taken ahead, a frame that waited to be sent: nothing of it is lost. */
    @Test
    void whatWasInFlightComesAgain() throws InterruptedException {
        NetDriver driver = new NetDriver(mock, 2 * PAIRS);
        driver.rooms(0, 6, NetDriver.BUFFER);
        backend.arrive(0, NetDriver.frame(64));
        assertArrayEquals(NetDriver.frame(64), driver.receive(0));
        backend.full();
        driver.post(1, NetDriver.frame(65), 100);
        driver.post(1, NetDriver.frame(66), 100);
        mock.kick(1);
        move();
        driver = driver.movedTo(mock);
        assertEquals(2, backend.sent.size());
        assertArrayEquals(NetDriver.frame(65), backend.sent.get(0).frame());
        assertArrayEquals(NetDriver.frame(66), backend.sent.get(1).frame());
        for (int i = 0; i < 5; i++) {
            backend.arrive(0, NetDriver.frame(70 + i));
            assertArrayEquals(NetDriver.frame(70 + i), driver.receive(0));
        }
        backend.arrive(0, NetDriver.frame(80));
        assertFalse(mock.ring(0).hasUsed());
    }

    /** A driver that goes on after a pause finds what it had. */
    @Test
    void aPauseChangesNothing() throws InterruptedException {
        NetDriver driver = new NetDriver(mock, 2 * PAIRS);
        driver.rooms(0, 6, NetDriver.BUFFER);
        mock.transport().pause();
        StateRecord.of("net", mock.transport());
        mock.transport().resume();
        backend.arrive(0, NetDriver.frame(64));
        assertArrayEquals(NetDriver.frame(64), driver.receive(0));
        driver.send(0, NetDriver.frame(65));
        assertEquals(1, backend.sent.size());
    }

    @Test
    void restoredDeviceCanBeReset() throws InterruptedException {
        command(NetControl.CLASS_MAC, NetControl.MAC_ADDR_SET, new MacAddress(NetDriver.OTHER).octets());
        command(NetControl.CLASS_MQ, NetControl.VQ_PAIRS_SET, NetDriver.little(2, 2));
        move();
        mock.reset();
        assertEquals(NetFixture.MAC.value(), Long.reverseBytes(mock.config(CardConfig.MAC, 8)) >>> 16);
        mock.rewind();
        mock.start();
        assertEquals(1, backend.pairsInUse);
        assertEquals(mock.offered(), backend.configured);
    }

    @Test
    void forgedRecordsAreRefused() {
        byte[] good = StateRecord.of("net", device).bytes();
        for (int length = 0; length < good.length; length++) {
            int cut = length;
            assertThrows(StateException.class, () -> restore(Arrays.copyOf(good, cut)));
        }
        restore(good);
        for (int[] forged : new int[][]{ { 0, 2 }, { 1, 0 }, { 1, 3 }, { 2, 1 }, { 11, 0xFF }, { 17, 1 }, { 19, 0x40 },
            { 20, 66 }, { 21, 66 } }) {
            byte[] bad = good.clone();
            bad[forged[0]] = (byte) forged[1];
            if (forged[0] == 11) {
                Arrays.fill(bad, 11, 17, (byte) 0);
            }
            assertThrows(StateException.class, () -> restore(bad), "byte " + forged[0]);
        }
    }

    private static void restore(byte[] bytes) {
        new StateRecord("net", 1, bytes).restore(new NetDevice("eth0", CONFIG, new MemoryBackend(PAIRS)));
    }
}
