package dev.jvmm.virtio.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.testing.MockRing;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames for the driver. */
class ReceiveTest extends NetFixture {
    private static final byte[] HEADER = NetDriver.header();
    private static final long ME = MAC.value();

    @BeforeEach
    void start() {
        start(NetConfig.of(MAC).withPairs(PAIRS).withMtu(1500), 0);
    }

    private void statistics(long frames, long dropped, long filtered) {
        NetStatistics all = device.statistics();
        assertEquals(frames, all.receivedFrames(), "frames");
        assertEquals(dropped, all.receivedDropped(), "dropped");
        assertEquals(filtered, all.receivedFiltered(), "filtered");
    }

    private static byte[] tso(int length) {
        return NetDriver.frame(NetDriver.header(NetHeader.F_NEEDS_CSUM, NetHeader.GSO_TCPV4, 1448, 34, 16), ME, 0x0800,
                length);
    }

    @Test
    void framesComeInOrderWithOneInterrupt() {
        driver.rooms(0, 8, NetDriver.BUFFER);
        for (int i = 0; i < 5; i++) {
            backend.incoming.get(0).add(NetDriver.frame(100 + i));
        }
        int before = mock.interrupts();
        backend.listener.readable(0);
        assertEquals(before + 1, mock.interrupts());
        for (int i = 0; i < 5; i++) {
            assertArrayEquals(NetDriver.frame(100 + i), driver.receive(0));
        }
        assertFalse(mock.ring(0).hasUsed());
        statistics(5, 0, 0);
        assertEquals(5 * 100 + 10, device.statistics().receivedBytes());
    }

    /** 5.1.6.4.1: all buffers but the last are full, and the header says how many there are. */
    @ParameterizedTest
    @CsvSource({ "1536,1536", "4096,4096", "4096,300", "60,60", "12,12", "12,5", "200,1", "65605,65605", "65604,3000" })
    void largeFrameTakesSeveralBuffers(int size, int piece) {
        byte[] frame = tso(size < 100 ? 60 * 12 : size == 200 ? 100 : 65_000);
        int buffers = (frame.length + size - 1) / size;
        int most = 256 / ((size + piece - 1) / piece);
        for (int i = 0; i < Math.min(most, buffers + 3); i++) {
            driver.room(0, size, piece);
        }
        mock.kick(0);
        for (int round = 0; round < 3; round++) {
            backend.arrive(0, frame);
            assertEquals(buffers * (round + 1), mock.ring(0).usedIndex());
            assertArrayEquals(frame, driver.receive(0), "round " + round);
            for (int i = 0; i < buffers; i++) {
                driver.room(0, size, piece);
            }
            mock.kick(0);
        }
        assertFalse(mock.needsReset());
        statistics(3, 0, 0);
    }

    /** Nothing that is shorter than the frame is used before all of it is there. */
    @Test
    void frameWaitsForBuffers() {
        driver.rooms(0, 2, NetDriver.BUFFER);
        byte[] frame = tso(6000);
        backend.arrive(0, frame);
        assertEquals(0, mock.ring(0).usedIndex());
        assertTrue(backend.isPaused(0));
        backend.arrive(0, NetDriver.frame(64));
        int receives = backend.receives;
        driver.rooms(0, 1, NetDriver.BUFFER);
        assertEquals(0, mock.ring(0).usedIndex());
        assertEquals(receives, backend.receives, "the first frame is not through");
        driver.rooms(0, 3, NetDriver.BUFFER);
        assertArrayEquals(frame, driver.receive(0));
        assertArrayEquals(NetDriver.frame(64), driver.receive(0));
        statistics(2, 0, 0);
    }

    /** A frame that is larger than all the buffers the driver can have. */
    @Test
    void frameThatCanNeverFitIsDropped() {
        for (int i = 0; i < 256; i++) {
            driver.room(0, 64, 64);
        }
        mock.kick(0);
        backend.arrive(0, tso(60_000));
        statistics(0, 1, 0);
        byte[] fits = NetDriver.frame(500);
        backend.arrive(0, fits);
        assertArrayEquals(fits, driver.receive(0));
    }

    /** A guest that posts no buffers costs nothing and stalls nobody. */
    @Test
    void withoutBuffersNothingHappens() {
        backend.arrive(0, NetDriver.frame(64));
        assertTrue(backend.isPaused(0));
        int receives = backend.receives;
        int turns = mock.wiring().turns();
        for (int i = 0; i < 10; i++) {
            backend.arrive(0, NetDriver.frame(64));
        }
        assertEquals(receives, backend.receives);
        assertEquals(turns, mock.wiring().turns());
        for (int i = 0; i < 20; i++) {
            driver.room(0, NetDriver.BUFFER, NetDriver.BUFFER);
        }
        assertTrue(mock.ring(0).needsKick());
        mock.kick(0);
        for (int i = 0; i < 11; i++) {
            assertArrayEquals(NetDriver.frame(64), driver.receive(0));
        }
    }

    /** The driver notifies of buffers only when there were none. */
    @Test
    void buffersAreNotAskedForWhileThereAreSome() {
        driver.rooms(0, 100, 4096);
        MockRing ring = mock.ring(0);
        ring.needsKick();
        backend.arrive(0, NetDriver.frame(64));
        driver.receive(0);
        driver.room(0, 4096, 4096);
        assertFalse(ring.needsKick());
    }

    /** A kick while the backend has nothing does not ask it again. */
    @Test
    void newBuffersDoNotCostACall() {
        driver.rooms(0, 1, NetDriver.BUFFER);
        int receives = backend.receives;
        driver.rooms(0, 5, NetDriver.BUFFER);
        driver.rooms(0, 5, NetDriver.BUFFER);
        assertEquals(receives, backend.receives);
    }

    @Test
    void manyFramesTakeTurns() {
        driver.rooms(0, 256, 64);
        for (int i = 0; i < 200; i++) {
            backend.incoming.get(0).add(NetDriver.frame(20));
        }
        int turns = mock.wiring().turns();
        backend.listener.readable(0);
        assertEquals(200, mock.ring(0).usedIndex());
        assertEquals(turns + 1, mock.wiring().turns());
    }

    @Test
    void framesThatTheHostLostAreCounted() {
        driver.rooms(0, 2, NetDriver.BUFFER);
        backend.incoming.get(0).add(MemoryBackend.LOST);
        backend.incoming.get(0).add(MemoryBackend.LOST);
        backend.arrive(0, NetDriver.frame(64));
        assertArrayEquals(NetDriver.frame(64), driver.receive(0));
        statistics(1, 2, 0);
    }

    /** Only losses: not even those take more than a turn. */
    @Test
    void lossesTakeTurnsToo() {
        driver.rooms(0, 2, NetDriver.BUFFER);
        for (int i = 0; i < 300; i++) {
            backend.incoming.get(0).add(MemoryBackend.LOST);
        }
        int turns = mock.wiring().turns();
        backend.listener.readable(0);
        assertEquals(turns + 2, mock.wiring().turns());
        statistics(0, 300, 0);
    }

    @Test
    void withoutMergingAFrameHasOneBuffer() {
        restart(NetFeature.MRG_RXBUF);
        driver.rooms(0, 3, NetDriver.BUFFER);
        backend.arrive(0, tso(6000));
        statistics(0, 1, 0);
        byte[] fits = NetDriver.frame(NetDriver.BUFFER - NetHeader.SIZE - 22);
        backend.arrive(0, fits);
        assertArrayEquals(fits, driver.receive(0));
        for (int round = 0; round < 3; round++) {
            driver.room(0, NetHeader.MOST, NetHeader.MOST / 60);
            mock.kick(0);
        }
        backend.arrive(0, NetDriver.frame(100));
        backend.arrive(0, NetDriver.frame(101));
        assertArrayEquals(NetDriver.frame(100), driver.receive(0));
        assertArrayEquals(NetDriver.frame(101), driver.receive(0));
        byte[] large = tso(65_000);
        backend.arrive(0, large);
        assertArrayEquals(large, driver.receive(0));
    }

    @Test
    void buffersThatCanNotBeAreALie() {
        long at = mock.allocate(4096);
        mock.ring(0).post(0, at, 11);
        mock.kick(0);
        assertTrue(mock.needsReset());
        restart(0);
        mock.ring(0).post(1, at, 100, at + 100, 1000);
        mock.kick(0);
        assertTrue(mock.needsReset());
        assertTrue(backend.incoming.get(0).isEmpty());
        backend.arrive(0, NetDriver.frame(64));
        backend.listener.readable(0);
        assertTrue(backend.isPaused(0), "a broken device receives nothing");
        restart(0);
        driver.rooms(0, 1, NetDriver.BUFFER);
        assertArrayEquals(NetDriver.frame(64), driver.receive(0));
    }

    /** 5.1.4.1. */
    @Test
    void framesBeyondTheMtuAreNotForTheDriver() {
        driver.rooms(0, 20, NetDriver.BUFFER);
        byte[] longest = NetDriver.frame(1514);
        byte[] tagged = NetDriver.frame(HEADER, ME, 0x8100, 1518);
        backend.arrive(0, longest);
        backend.arrive(0, NetDriver.frame(1515));
        backend.arrive(0, tagged);
        backend.arrive(0, NetDriver.frame(HEADER, ME, 0x8100, 1519));
        backend.arrive(0, tso(1600));
        assertArrayEquals(longest, driver.receive(0));
        assertArrayEquals(tagged, driver.receive(0));
        assertArrayEquals(tso(1600), driver.receive(0));
        statistics(3, 2, 0);
        restart(NetFeature.MTU);
        driver.rooms(0, 20, NetDriver.BUFFER);
        backend.arrive(0, NetDriver.frame(1519));
        assertArrayEquals(NetDriver.frame(1519), driver.receive(0));
    }

    @Test
    void tooShortFramesAreNoFrames() {
        driver.rooms(0, 2, NetDriver.BUFFER);
        backend.arrive(0, new byte[NetHeader.SIZE + NetHeader.ETHERNET - 1]);
        backend.arrive(0, new byte[3]);
        statistics(0, 2, 0);
        assertFalse(mock.ring(0).hasUsed());
    }

    /** 5.1.6.4.1: what the driver did not agree to does not come, even if it waited in the host's queue. */
    @Test
    void oldOffloadsDoNotReachANewDriver() {
        restart(NetFeature.GUEST_OFFLOADS | NetFeature.CTRL_GUEST_OFFLOADS);
        driver.rooms(0, 20, NetDriver.BUFFER);
        backend.arrive(0, tso(3000));
        backend.arrive(0, NetDriver.frame(NetDriver.header(NetHeader.F_NEEDS_CSUM, 0, 0, 34, 16), ME, 0x0800, 100));
        statistics(0, 2, 0);
        byte[] valid = NetDriver.frame(NetDriver.header(NetHeader.F_DATA_VALID, 0, 0, 0, 0), ME, 0x0800, 100);
        backend.arrive(0, valid);
        valid[0] = 0;
        assertArrayEquals(valid, driver.receive(0));
    }

    @ParameterizedTest
    @ValueSource(ints = { NetHeader.GSO_TCPV4, NetHeader.GSO_TCPV6, NetHeader.GSO_UDP, NetHeader.GSO_UDP_L4,
        NetHeader.GSO_TCPV4 | NetHeader.GSO_ECN })
    void eachKindOfSegmentsNeedsItsFeature(int type) {
        long feature = switch (type) {
            case NetHeader.GSO_TCPV4 -> NetFeature.GUEST_TSO4;
            case NetHeader.GSO_TCPV6 -> NetFeature.GUEST_TSO6;
            case NetHeader.GSO_UDP -> NetFeature.GUEST_UFO;
            case NetHeader.GSO_UDP_L4 -> NetFeature.GUEST_USO4 | NetFeature.GUEST_USO6;
            default -> NetFeature.GUEST_ECN;
        };
        byte[] frame = NetDriver.frame(NetDriver.header(1, type, 1000, 34, 16), ME, 0x0800, 2000);
        driver.rooms(0, 4, NetDriver.BUFFER);
        backend.arrive(0, frame);
        assertArrayEquals(frame, driver.receive(0));
        restart(feature);
        driver.rooms(0, 4, NetDriver.BUFFER);
        backend.arrive(0, frame);
        statistics(1, 1, 0);
    }

    @Test
    void nothingComesWithoutALink() {
        driver.rooms(0, 4, NetDriver.BUFFER);
        backend.listener.link(false);
        assertTrue(backend.isPaused(0));
        assertEquals(0, mock.config(CardConfig.STATUS, 2));
        backend.arrive(0, NetDriver.frame(64));
        driver.rooms(0, 4, NetDriver.BUFFER);
        assertFalse(mock.ring(0).hasUsed());
        backend.listener.link(true);
        assertEquals(CardConfig.LINK_UP, mock.config(CardConfig.STATUS, 2));
        assertArrayEquals(NetDriver.frame(64), driver.receive(0));
    }

    /** The driver's chains, cut in any way, are named to readv(2) in order, and behind them is room for the longest frame. */
    @Test
    void vectorsNameTheRoom() {
        driver.room(0, 100, 40);
        driver.room(0, 30, 30);
        mock.kick(0);
        RoomProbe probe = new RoomProbe();
        backend.probe = probe;
        backend.arrive(0, NetDriver.frame(20));
        assertEquals(130 + NetHeader.MOST, probe.length);
        assertArrayEquals(new long[]{ 40, 40, 20, 30, NetHeader.MOST }, probe.lengths);
        assertArrayEquals(new long[]{ 35, 40, 20, 5 }, probe.part);
        assertEquals(probe.addresses[0] + 5, probe.partStart);
        assertEquals(probe.addresses[0] + 40, probe.addresses[1]);
    }
}
