package dev.jvmm.virtio.net;

import static dev.jvmm.virtio.net.NetControl.ANNOUNCE_ACK;
import static dev.jvmm.virtio.net.NetControl.CLASS_ANNOUNCE;
import static dev.jvmm.virtio.net.NetControl.CLASS_GUEST_OFFLOADS;
import static dev.jvmm.virtio.net.NetControl.CLASS_MAC;
import static dev.jvmm.virtio.net.NetControl.CLASS_MQ;
import static dev.jvmm.virtio.net.NetControl.CLASS_RX;
import static dev.jvmm.virtio.net.NetControl.CLASS_VLAN;
import static dev.jvmm.virtio.net.NetControl.ERR;
import static dev.jvmm.virtio.net.NetControl.GUEST_OFFLOADS_SET;
import static dev.jvmm.virtio.net.NetControl.MAC_ADDR_SET;
import static dev.jvmm.virtio.net.NetControl.MAC_TABLE_SET;
import static dev.jvmm.virtio.net.NetControl.OK;
import static dev.jvmm.virtio.net.NetControl.VLAN_ADD;
import static dev.jvmm.virtio.net.NetControl.VLAN_DEL;
import static dev.jvmm.virtio.net.NetControl.VQ_PAIRS_SET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The control queue, and what its commands do. */
class ControlTest extends NetFixture {
    private static final long ME = MAC.value();
    private static final long GROUP = 0x0100_5E00_0001L;
    private static final long ALL = MacAddress.BROADCAST.value();
    private static final byte[] HEADER = NetDriver.header();

    @BeforeEach
    void start() {
        start(NetConfig.of(MAC).withPairs(PAIRS), 0);
        driver.rooms(0, 100, NetDriver.BUFFER);
    }

    private boolean comes(long to) {
        return comes(NetDriver.frame(HEADER, to, 0x0800, 64));
    }

    private boolean comes(byte[] frame) {
        backend.arrive(0, frame);
        boolean came = mock.ring(0).hasUsed();
        if (came) {
            assertArrayEquals(frame, driver.receive(0));
        }
        return came;
    }

    private static byte[] tagged(int tag) {
        byte[] frame = NetDriver.frame(HEADER, ME, 0x8100, 64);
        frame[NetHeader.SIZE + 14] = (byte) (tag >> 8);
        frame[NetHeader.SIZE + 15] = (byte) tag;
        return frame;
    }

    private void mode(int mode, boolean on) {
        assertEquals(OK, driver.command(CLASS_RX, mode, (byte) (on ? 1 : 0)));
    }

    @Test
    void everythingComesUntilTheDriverSaysOtherwise() {
        assertTrue(comes(ME));
        assertTrue(comes(NetDriver.OTHER));
        assertTrue(comes(GROUP));
        assertTrue(comes(tagged(7)));
        mode(ReceiveFilter.PROMISCUOUS, false);
        assertTrue(comes(ME));
        assertTrue(comes(ALL));
        assertFalse(comes(NetDriver.OTHER));
        assertFalse(comes(GROUP));
        assertFalse(comes(tagged(7)));
        assertEquals(3, device.statistics().receivedFiltered());
    }

    @Test
    void modesLetMoreOrLessThrough() {
        mode(ReceiveFilter.PROMISCUOUS, false);
        mode(ReceiveFilter.ALL_MULTICAST, true);
        assertTrue(comes(GROUP));
        assertFalse(comes(NetDriver.OTHER));
        mode(ReceiveFilter.NO_MULTICAST, true);
        assertFalse(comes(GROUP));
        assertTrue(comes(ALL));
        mode(ReceiveFilter.ALL_UNICAST, true);
        assertTrue(comes(NetDriver.OTHER));
        mode(ReceiveFilter.NO_UNICAST, true);
        assertFalse(comes(NetDriver.OTHER));
        assertFalse(comes(ME));
        mode(ReceiveFilter.NO_BROADCAST, true);
        assertFalse(comes(ALL));
        mode(ReceiveFilter.PROMISCUOUS, true);
        assertTrue(comes(ALL));
        assertTrue(comes(GROUP));
    }

    @Test
    void tablesNameFurtherAddresses() {
        mode(ReceiveFilter.PROMISCUOUS, false);
        byte[] body = NetDriver.tables(new long[]{ 0x5254_0000_0077L, NetDriver.OTHER }, new long[]{ GROUP });
        assertEquals(OK, driver.command(CLASS_MAC, MAC_TABLE_SET, body));
        assertTrue(comes(ME));
        assertTrue(comes(NetDriver.OTHER));
        assertTrue(comes(GROUP));
        assertFalse(comes(GROUP + 1));
        assertFalse(comes(NetDriver.OTHER + 1));
        assertEquals(OK, driver.command(CLASS_MAC, MAC_TABLE_SET, NetDriver.tables(new long[0], new long[0])));
        assertFalse(comes(NetDriver.OTHER));
        assertFalse(comes(GROUP));
    }

    /** More addresses than are compared: none of them may be lost. */
    @Test
    void longTablesLetAllOfTheirKindThrough() {
        mode(ReceiveFilter.PROMISCUOUS, false);
        long[] many = new long[1000];
        Arrays.setAll(many, i -> 0x5254_1000_0000L + i);
        assertEquals(OK, driver.command(CLASS_MAC, MAC_TABLE_SET, NetDriver.tables(many, new long[0])));
        assertTrue(comes(many[999]));
        assertFalse(comes(GROUP));
        Arrays.setAll(many, i -> GROUP + i);
        assertEquals(OK, driver.command(CLASS_MAC, MAC_TABLE_SET, NetDriver.tables(new long[0], many)));
        assertTrue(comes(many[999]));
        assertFalse(comes(NetDriver.OTHER));
    }

    /** Tables that do not end where they say change nothing. */
    @Test
    void tablesThatLieAreRefused() {
        mode(ReceiveFilter.PROMISCUOUS, false);
        byte[] good = NetDriver.tables(new long[]{ NetDriver.OTHER }, new long[]{ GROUP });
        for (int length = 0; length < good.length; length++) {
            assertEquals(ERR, driver.command(CLASS_MAC, MAC_TABLE_SET, Arrays.copyOf(good, length)), "" + length);
        }
        assertEquals(ERR, driver.command(CLASS_MAC, MAC_TABLE_SET, Arrays.copyOf(good, good.length + 1)));
        for (long count : new long[]{ 2, 3, 0xFFFF_FFFFL, 0x8000_0000L, 0x2AAA_AAABL }) {
            byte[] bad = good.clone();
            System.arraycopy(NetDriver.little(count, 4), 0, bad, 0, 4);
            assertEquals(ERR, driver.command(CLASS_MAC, MAC_TABLE_SET, bad));
            bad = good.clone();
            System.arraycopy(NetDriver.little(count, 4), 0, bad, 10, 4);
            assertEquals(ERR, driver.command(CLASS_MAC, MAC_TABLE_SET, bad));
        }
        assertFalse(comes(NetDriver.OTHER));
    }

    @Test
    void theDriverChangesItsAddress() {
        mode(ReceiveFilter.PROMISCUOUS, false);
        assertEquals(OK, driver.command(CLASS_MAC, MAC_ADDR_SET, new MacAddress(NetDriver.OTHER).octets()));
        assertTrue(comes(NetDriver.OTHER));
        assertFalse(comes(ME));
        assertEquals(NetDriver.OTHER, Long.reverseBytes(mock.config(CardConfig.MAC, 8)) >>> 16);
        assertEquals(ERR, driver.command(CLASS_MAC, MAC_ADDR_SET, new MacAddress(GROUP).octets()));
        assertEquals(ERR, driver.command(CLASS_MAC, MAC_ADDR_SET, new byte[6]));
        assertEquals(ERR, driver.command(CLASS_MAC, MAC_ADDR_SET, new byte[5]));
        assertTrue(comes(NetDriver.OTHER));
        mock.reset();
        assertEquals(ME, Long.reverseBytes(mock.config(CardConfig.MAC, 8)) >>> 16);
    }

    @Test
    void vlansAreAddedAndTakenAway() {
        mode(ReceiveFilter.PROMISCUOUS, false);
        assertEquals(OK, driver.command(CLASS_VLAN, VLAN_ADD, NetDriver.little(7, 2)));
        assertEquals(OK, driver.command(CLASS_VLAN, VLAN_ADD, NetDriver.little(4095, 2)));
        assertTrue(comes(tagged(7)));
        assertTrue(comes(tagged(0xE000 | 7)), "its priority does not matter");
        assertTrue(comes(tagged(4095)));
        assertFalse(comes(tagged(6)));
        assertFalse(comes(tagged(7 + 64)));
        assertEquals(OK, driver.command(CLASS_VLAN, VLAN_DEL, NetDriver.little(7, 2)));
        assertFalse(comes(tagged(7)));
        assertEquals(ERR, driver.command(CLASS_VLAN, VLAN_ADD, NetDriver.little(4096, 2)));
        assertEquals(ERR, driver.command(CLASS_VLAN, VLAN_ADD, NetDriver.little(7, 3)));
    }

    /** 5.1.6.5.3. */
    @Test
    void withoutVlanFilterAllVlansCome() {
        restart(NetFeature.CTRL_VLAN);
        driver.rooms(0, 10, NetDriver.BUFFER);
        mode(ReceiveFilter.PROMISCUOUS, false);
        assertTrue(comes(tagged(9)));
        restart(NetFeature.CTRL_RX);
        driver.rooms(0, 10, NetDriver.BUFFER);
        assertFalse(comes(tagged(9)), "the filter is all that this driver has");
        assertTrue(comes(NetDriver.OTHER));
    }

    @Test
    void pairsAreUsedWhenTheDriverSaysSo() {
        driver.rooms(1, 4, NetDriver.BUFFER);
        backend.arrive(1, NetDriver.frame(64));
        assertFalse(mock.ring(2).hasUsed());
        assertEquals(OK, driver.command(CLASS_MQ, VQ_PAIRS_SET, NetDriver.little(2, 2)));
        assertEquals(2, backend.pairsInUse);
        assertArrayEquals(NetDriver.frame(64), driver.receive(1));
        assertTrue(comes(ME), "the first goes on");
        driver.send(1, NetDriver.frame(65));
        assertEquals(1, backend.sent.getLast().pair());
        assertEquals(OK, driver.command(CLASS_MQ, VQ_PAIRS_SET, NetDriver.little(1, 2)));
        assertTrue(backend.isPaused(1));
        backend.arrive(1, NetDriver.frame(64));
        backend.listener.readable(1);
        assertFalse(mock.ring(2).hasUsed());
        for (int bad : new int[]{ 0, PAIRS + 1, 0x8000, 0xFFFF }) {
            assertEquals(ERR, driver.command(CLASS_MQ, VQ_PAIRS_SET, NetDriver.little(bad, 2)));
        }
        assertEquals(ERR, driver.command(CLASS_MQ, VQ_PAIRS_SET, NetDriver.little(1, 1)));
        assertEquals(1, backend.pairsInUse);
    }

    /** A frame that waits for the room of a pair that is no longer in use. */
    @Test
    void fewerPairsDoNotStrandAFrame() {
        assertEquals(OK, driver.command(CLASS_MQ, VQ_PAIRS_SET, NetDriver.little(2, 2)));
        backend.full();
        driver.post(3, NetDriver.frame(64), 2000);
        mock.kick(3);
        backend.answer = 0;
        assertEquals(OK, driver.command(CLASS_MQ, VQ_PAIRS_SET, NetDriver.little(1, 2)));
        assertEquals(0, backend.sent.getLast().pair());
    }

    @Test
    void offloadsAreSwitched() {
        long all = backend.configured;
        assertEquals(OK, driver.command(CLASS_GUEST_OFFLOADS, GUEST_OFFLOADS_SET,
                NetDriver.little(NetFeature.GUEST_CSUM, 8)));
        assertEquals(all & ~NetFeature.GUEST_OFFLOADS | NetFeature.GUEST_CSUM, backend.configured);
        assertFalse(comes(NetDriver.frame(NetDriver.header(1, 1, 500, 34, 16), ME, 0x0800, 1000)));
        assertTrue(comes(NetDriver.frame(NetDriver.header(1, 0, 0, 34, 16), ME, 0x0800, 1000)));
        assertEquals(ERR, driver.command(CLASS_GUEST_OFFLOADS, GUEST_OFFLOADS_SET,
                NetDriver.little(NetFeature.GUEST_TSO4, 8)), "it needs the checksum");
        assertEquals(ERR, driver.command(CLASS_GUEST_OFFLOADS, GUEST_OFFLOADS_SET,
                NetDriver.little(NetFeature.CSUM, 8)), "not one of the guest's");
        assertEquals(ERR, driver.command(CLASS_GUEST_OFFLOADS, GUEST_OFFLOADS_SET,
                NetDriver.little(NetFeature.GUEST_CSUM, 7)));
        assertEquals(all & ~NetFeature.GUEST_OFFLOADS | NetFeature.GUEST_CSUM, backend.configured);
        assertEquals(OK, driver.command(CLASS_GUEST_OFFLOADS, GUEST_OFFLOADS_SET,
                NetDriver.little(all & NetFeature.GUEST_OFFLOADS, 8)));
        assertEquals(all, backend.configured);
        restart(NetFeature.GUEST_TSO4);
        assertEquals(ERR, driver.command(CLASS_GUEST_OFFLOADS, GUEST_OFFLOADS_SET,
                NetDriver.little(NetFeature.GUEST_CSUM | NetFeature.GUEST_TSO4, 8)), "not negotiated");
    }

    @Test
    void announcementsAreAskedForAndAcknowledged() throws InterruptedException {
        assertEquals(ERR, driver.command(CLASS_ANNOUNCE, ANNOUNCE_ACK), "nobody asked");
        mock.acknowledge();
        device.announce();
        afterTasks();
        assertEquals(MmioRegisters.INTERRUPT_CONFIG_CHANGE, mock.acknowledge());
        assertEquals(CardConfig.LINK_UP | CardConfig.ANNOUNCE, mock.config(CardConfig.STATUS, 2));
        assertEquals(OK, driver.command(CLASS_ANNOUNCE, ANNOUNCE_ACK));
        assertEquals(CardConfig.LINK_UP, mock.config(CardConfig.STATUS, 2));
        restart(NetFeature.GUEST_ANNOUNCE);
        device.announce();
        afterTasks();
        assertEquals(CardConfig.LINK_UP, mock.config(CardConfig.STATUS, 2));
        assertEquals(ERR, driver.command(CLASS_ANNOUNCE, ANNOUNCE_ACK));
    }

    @Test
    void theCableIsPulledOut() throws InterruptedException {
        mock.acknowledge();
        device.link(false);
        afterTasks();
        assertEquals(0, mock.config(CardConfig.STATUS, 2));
        assertEquals(MmioRegisters.INTERRUPT_CONFIG_CHANGE, mock.acknowledge());
        device.link(false);
        backend.listener.link(false);
        afterTasks();
        assertEquals(0, mock.acknowledge(), "nothing has changed");
        device.link(true);
        afterTasks();
        assertEquals(0, mock.config(CardConfig.STATUS, 2), "the host's end is not in");
        backend.listener.link(true);
        assertEquals(CardConfig.LINK_UP, mock.config(CardConfig.STATUS, 2));
        assertTrue(comes(ME));
    }

    @ParameterizedTest
    @CsvSource({ "0,6", "0,255", "1,2", "2,2", "3,1", "4,1", "4,2", "5,1", "6,0", "7,0", "255,255" })
    void unknownCommandsAreRefused(int kind, int command) {
        assertEquals(ERR, driver.command(kind, command, new byte[]{ 1 }));
        assertEquals(ERR, driver.command(kind, command, new byte[8]));
        assertEquals(ERR, driver.command(kind, command));
        assertFalse(mock.needsReset());
    }

    @Test
    void commandsNeedTheirFeature() {
        restart(NetFeature.CTRL_RX | NetFeature.CTRL_RX_EXTRA | NetFeature.CTRL_VLAN | NetFeature.CTRL_MAC_ADDR
                | NetFeature.MQ | NetFeature.CTRL_GUEST_OFFLOADS);
        for (int mode = 0; mode < ReceiveFilter.MODES; mode++) {
            assertEquals(ERR, driver.command(CLASS_RX, mode, (byte) 0));
        }
        assertEquals(ERR, driver.command(CLASS_MAC, MAC_TABLE_SET, new byte[8]));
        assertEquals(ERR, driver.command(CLASS_MAC, MAC_ADDR_SET, new MacAddress(NetDriver.OTHER).octets()));
        assertEquals(ERR, driver.command(CLASS_VLAN, VLAN_ADD, NetDriver.little(7, 2)));
        assertEquals(ERR, driver.command(CLASS_MQ, VQ_PAIRS_SET, NetDriver.little(1, 2)));
        assertEquals(ERR, driver.command(CLASS_GUEST_OFFLOADS, GUEST_OFFLOADS_SET, new byte[8]));
    }

    @Test
    void chainsThatCanNotBeAreALie() {
        long at = mock.allocate(64);
        for (int lie = 0; lie < 3; lie++) {
            MockRing ring = mock.ring(2 * PAIRS);
            if (lie == 0) {
                ring.post(1, at, 1, at + 8, 1);
            } else if (lie == 1) {
                ring.post(1, at, 2);
            } else {
                ring.post(0, at, 2);
            }
            mock.kick(2 * PAIRS);
            assertTrue(mock.needsReset());
            restart(0);
        }
    }

    @Test
    void manyCommandsTakeTurns() {
        long at = mock.allocate(64);
        for (int i = 0; i < 40; i++) {
            mock.ring(2 * PAIRS).post(1, at, 2, at + 8, 1);
        }
        int turns = mock.wiring().turns();
        mock.kick(2 * PAIRS);
        assertEquals(40, mock.ring(2 * PAIRS).usedIndex());
        assertEquals(turns + 3, mock.wiring().turns());
    }
}
