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

/** Frames of the driver's. */
class TransmitTest extends NetFixture {
    private static final int LENGTH = 1000;
    private static final int EIO = 5;

    @BeforeEach
    void start() {
        start(NetConfig.of(MAC).withPairs(PAIRS), 0);
    }

    private static byte[] frame(byte[] header) {
        return NetDriver.frame(header, NetDriver.OTHER, 0x0800, LENGTH);
    }

    private static byte[] frame(int flags, int type, int size, int start, int offset) {
        return frame(NetDriver.header(flags, type, size, start, offset));
    }

    private void sends(byte[] frame) {
        int before = backend.sent.size();
        driver.send(0, frame);
        assertEquals(before + 1, backend.sent.size());
        assertArrayEquals(frame, backend.sent.getLast().frame());
    }

    private void drops(byte[] frame) {
        int before = backend.sent.size();
        long dropped = device.statistics().sentDropped();
        driver.send(0, frame);
        assertEquals(before, backend.sent.size());
        assertEquals(dropped + 1, device.statistics().sentDropped());
        assertFalse(mock.needsReset());
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 5, 12, 13, 100, 70_000 })
    void framesAreCutAnywhere(int piece) {
        byte[] frame = NetDriver.frame(piece < 5 ? 200 : Math.min(65_000, 250 * piece - 12));
        driver.post(1, frame, piece);
        mock.kick(1);
        assertArrayEquals(frame, backend.sent.getFirst().frame());
        assertEquals(1, device.statistics().sentFrames());
        assertEquals(frame.length - NetHeader.SIZE, device.statistics().sentBytes());
    }

    @Test
    void manyFramesGoInOrderWithOneInterrupt() {
        for (int i = 0; i < 50; i++) {
            driver.post(1, NetDriver.frame(100 + i), 2000);
        }
        int before = mock.interrupts();
        mock.kick(1);
        assertEquals(before + 1, mock.interrupts());
        for (int i = 0; i < 50; i++) {
            assertArrayEquals(NetDriver.frame(100 + i), backend.sent.get(i).frame());
            assertEquals(0, mock.ring(1).takeUsed());
        }
    }

    /** After a turn that sent something comes one that looks again; only then does the driver have to notify. */
    @Test
    void theDriverIsAskedToNotifyWhenItHasStopped() {
        MockRing ring = mock.ring(1);
        driver.post(1, NetDriver.frame(64), 2000);
        assertTrue(ring.needsKick());
        int turns = mock.wiring().turns();
        mock.kick(1);
        assertEquals(turns + 2, mock.wiring().turns());
        driver.post(1, NetDriver.frame(64), 2000);
        assertTrue(ring.needsKick());
    }

    @Test
    void manyFramesTakeTurns() {
        for (int i = 0; i < 250; i++) {
            driver.post(1, NetDriver.frame(64), 2000);
        }
        int turns = mock.wiring().turns();
        mock.kick(1);
        assertEquals(250, backend.sent.size());
        assertEquals(turns + 3, mock.wiring().turns(), "two halves, and a last look");
    }

    /** 5.1.6.2: with everything negotiated, what fits together is sent as it is. */
    @ParameterizedTest
    @CsvSource({ "0,0,0,0,0", "1,0,0,34,16", "1,0,0,0,0", "1,0,0,998,0", "1,0,0,0,998", "1,1,1448,34,16",
        "1,4,1,54,16", "1,3,1000,34,6", "1,5,65535,34,6", "1,0x81,1448,34,16", "1,0x84,1448,54,16",
        "2,0,0,65535,65535", "0xFE,0,7,9,9" })
    void honestHeadersPass(String flags, String type, int size, int start, int offset) {
        sends(frame(Integer.decode(flags), Integer.decode(type), size, start, offset));
    }

    @ParameterizedTest
    @CsvSource({ "1,0,0,999,0", "1,0,0,0,999", "1,0,0,65535,65535", "1,0,0,500,499", "0,1,1448,34,16", "1,1,0,34,16",
        "1,2,1448,34,16", "1,6,1448,34,16", "1,0x7F,1448,34,16", "1,0x80,1448,34,16", "1,0x83,1448,34,16",
        "1,0x85,1448,34,16", "1,0xFF,1448,34,16", "1,1,1448,34,65535" })
    void headersThatLieAreDropped(String flags, String type, int size, int start, int offset) {
        drops(frame(Integer.decode(flags), Integer.decode(type), size, start, offset));
        sends(NetDriver.frame(64));
    }

    /** 5.1.6.2.1: the driver may not use what it did not negotiate. */
    @ParameterizedTest
    @ValueSource(ints = { NetHeader.GSO_TCPV4, NetHeader.GSO_TCPV6, NetHeader.GSO_UDP, NetHeader.GSO_UDP_L4,
        NetHeader.GSO_TCPV6 | NetHeader.GSO_ECN })
    void eachKindOfSegmentsNeedsItsFeature(int type) {
        long feature = switch (type) {
            case NetHeader.GSO_TCPV4 -> NetFeature.HOST_TSO4;
            case NetHeader.GSO_TCPV6 -> NetFeature.HOST_TSO6;
            case NetHeader.GSO_UDP -> NetFeature.HOST_UFO;
            case NetHeader.GSO_UDP_L4 -> NetFeature.HOST_USO;
            default -> NetFeature.HOST_ECN;
        };
        sends(frame(1, type, 500, 34, 16));
        restart(feature);
        drops(frame(1, type, 500, 34, 16));
        restart(NetFeature.HOST_OFFLOADS);
        drops(frame(1, type, 500, 34, 16));
        drops(frame(1, 0, 0, 34, 16));
        sends(frame(0, 0, 0, 0, 0));
    }

    @Test
    void framesHaveLimits() {
        drops(new byte[NetHeader.SIZE]);
        drops(new byte[NetHeader.SIZE + NetHeader.ETHERNET - 1]);
        sends(new byte[NetHeader.SIZE + NetHeader.ETHERNET]);
        sends(new byte[NetHeader.MOST]);
        drops(new byte[NetHeader.MOST + 1]);
        drops(new byte[200_000]);
    }

    @Test
    void chainsThatCanNotBeAreALie() {
        long at = mock.allocate(100);
        mock.ring(1).post(1, at, NetHeader.SIZE - 1);
        mock.kick(1);
        assertTrue(mock.needsReset());
        restart(0);
        mock.ring(1).post(1, at, 64, at + 64, 1);
        mock.kick(1);
        assertTrue(mock.needsReset());
        restart(0);
        sends(NetDriver.frame(64));
    }

    @Test
    void framesWaitForTheBackend() {
        backend.full();
        for (int i = 0; i < 10; i++) {
            driver.post(1, NetDriver.frame(100 + i), 2000);
        }
        mock.kick(1);
        assertEquals(1, backend.attempts);
        mock.kick(1);
        assertEquals(1, backend.attempts, "it is not asked before it tells");
        assertFalse(mock.ring(1).hasUsed());
        backend.listener.writable(1);
        assertEquals(1, backend.attempts, "another pair");
        backend.room(0);
        assertEquals(10, backend.sent.size());
        for (int i = 0; i < 10; i++) {
            assertArrayEquals(NetDriver.frame(100 + i), backend.sent.get(i).frame());
        }
        assertEquals(10, device.statistics().sentFrames());
    }

    @Test
    void resetForgetsAFrameThatWaits() {
        backend.full();
        driver.post(1, NetDriver.frame(64), 2000);
        mock.kick(1);
        restart(0);
        backend.room(0);
        assertEquals(0, backend.sent.size());
        sends(NetDriver.frame(65));
    }

    @Test
    void framesThatTheHostRefusesAreLost() {
        backend.answer = -EIO;
        drops(NetDriver.frame(64));
        backend.answer = 0;
        sends(NetDriver.frame(64));
    }

    @Test
    void nothingGoesWithoutALink() {
        backend.listener.link(false);
        drops(NetDriver.frame(64));
        backend.listener.link(true);
        sends(NetDriver.frame(64));
    }

    /** The network is gone, and will not say that it has room. */
    @Test
    void framesDoNotWaitForALink() {
        backend.full();
        driver.post(1, NetDriver.frame(64), 2000);
        driver.post(1, NetDriver.frame(65), 2000);
        mock.kick(1);
        backend.listener.link(false);
        assertEquals(2, mock.ring(1).usedIndex());
        assertEquals(2, device.statistics().sentDropped());
    }

    /** A driver that sends on a pair that it did not ask for: no harm, and no frame is lost. */
    @Test
    void pairsThatAreNotInUseSendOnTheFirst() {
        driver.send(2, NetDriver.frame(64));
        assertEquals(0, backend.sent.getFirst().pair());
    }
}
