package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Credit and buffers: nobody is sent more than he has room for, and nobody waits for somebody else. */
class FlowTest extends VsockFixture {
    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(bytes).nextBytes(noise);
        return noise;
    }

    @Test
    void theGuestIsSentNoMoreThanItHasRoomFor() throws Exception {
        guest.bufAlloc = 10_000;
        SocketChannel host = opened(7);
        byte[] bytes = noise(25_000);
        write(host, bytes);
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        while (got.size() < bytes.length) {
            int before = got.size();
            while (got.size() < Math.min(bytes.length, before + 10_000)) {
                got.writeBytes(guest.next(Packet.RW, 7).data());
            }
            guest.nothing();
            guest.fwdCnt = got.size();
            guest.send(Packet.CREDIT_UPDATE, 7, HOST_PORT);
        }
        assertArrayEquals(bytes, got.toByteArray());
    }

    @Test
    void aGuestThatLiesAboutItsCreditGetsNothingOrAllOfIt() throws Exception {
        guest.bufAlloc = 100;
        SocketChannel host = opened(7);
        guest.fwdCnt = 5000; // more than it was ever sent
        guest.send(Packet.CREDIT_UPDATE, 7, HOST_PORT);
        write(host, noise(1000));
        guest.nothing();
        guest.fwdCnt = 0;
        guest.bufAlloc = -1;
        guest.send(Packet.CREDIT_UPDATE, 7, HOST_PORT);
        assertArrayEquals(noise(1000), guest.data(7, 1000));
    }

    /** What is not read stalls its own connection, either way; others go on. */
    @Test
    void oneThatDoesNotReadHoldsUpNoOther() throws Exception {
        SocketChannel lazyHost = opened(7);
        byte[] piece = noise(60_000);
        int sent = 0;
        for (; sent + piece.length <= 1 << 20; sent += piece.length) {
            guest.data(7, HOST_PORT, piece);
        }
        guest.bufAlloc = 0;
        SocketChannel lazyGuest = opened(8);
        write(lazyGuest, "waits");
        guest.bufAlloc = 1 << 18;
        SocketChannel other = opened(9);
        for (int i = 0; i < 100; i++) {
            guest.data(9, HOST_PORT, "there".getBytes());
            assertEquals("there", new String(read(other, 5)));
            write(other, "back");
            assertEquals("back", new String(guest.data(9, 4)));
        }
        guest.fwdCnt = 0;
        guest.send(Packet.CREDIT_UPDATE, 8, HOST_PORT);
        assertEquals("waits", new String(guest.data(8, 5)));
        byte[] all = read(lazyHost, sent);
        for (int at = 0; at < sent; at += piece.length) {
            assertArrayEquals(piece, Arrays.copyOfRange(all, at, at + piece.length));
        }
    }

    @Test
    void theGuestHearsOfRoomWhenTheHostHasRead() throws Exception {
        SocketChannel host = opened(7);
        int told = 0;
        for (int sent = 0; sent < 4 << 20; sent += 60_000) {
            guest.data(7, HOST_PORT, noise(60_000));
            read(host, 60_000);
            while (guest.hasNext()) {
                told = guest.next(Packet.CREDIT_UPDATE, 7).fwdCnt();
            }
        }
        assertTrue(told >= 3 << 20, "told " + told);
    }

    /** Linux counts on no more room than it has itself: it must hear before it has sent so much. */
    @Test
    void aGuestOfLittleRoomHearsOften() throws Exception {
        for (int room : new int[]{ 1 << 18, 1 << 16, 5000, 1 }) {
            guest.bufAlloc = room;
            SocketChannel host = opened(7);
            int sent = 0;
            int told = 0;
            for (int round = 0; round < 40; round++) {
                int piece = Math.min(room - (sent - told), 50_000);
                guest.data(7, HOST_PORT, new byte[piece]);
                sent += piece;
                read(host, piece);
                while (guest.hasNext() || sent - told == room) {
                    told = guest.next(Packet.CREDIT_UPDATE, 7).fwdCnt();
                }
            }
            guest.send(Packet.RST, 7, HOST_PORT);
        }
    }

    @Test
    void aQuestionAboutCreditIsAnswered() throws Exception {
        opened(7);
        guest.data(7, HOST_PORT, new byte[100]);
        guest.send(Packet.CREDIT_REQUEST, 7, HOST_PORT);
        VsockGuest.Got got = guest.next(Packet.CREDIT_UPDATE, 7);
        assertEquals(100, got.fwdCnt());
        assertEquals(1 << 20, got.bufAlloc());
    }

    /** Firecracker #6031: a guest without receive buffers makes nobody spin, and finds all when it has some. */
    @Test
    void withoutReceiveBuffersNothingSpins() throws Exception {
        SocketChannel host = opened(7);
        mock.reset();
        mock.rewind();
        mock.start();
        guest = new VsockGuest(mock).rooms(2, 100);
        SocketChannel again = opened(8);
        write(again, noise(100_000));
        Thread.sleep(50); // two buffers are soon used
        int turns = mock.wiring().turns();
        long cpu = loopNanos();
        Thread.sleep(300);
        assertEquals(turns, mock.wiring().turns());
        assertTrue(loopNanos() - cpu < 100_000_000, "the event loop is busy");
        guest.rooms();
        assertArrayEquals(noise(100_000), guest.data(8, 100_000));
        assertEquals(-1, host.read(java.nio.ByteBuffer.allocate(1)));
    }

    private static long loopNanos() {
        java.lang.management.ThreadMXBean threads = java.lang.management.ManagementFactory.getThreadMXBean();
        long nanos = 0;
        for (java.lang.management.ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (info != null && info.getThreadName().equals("mock-loop")) {
                nanos += Math.max(0, threads.getThreadCpuTime(info.getThreadId()));
            }
        }
        return nanos;
    }

    /** A guest that takes no answers is not listened to for ever. */
    @Test
    void refusalsThatNobodyTakesStopTheDriversPackets() throws Exception {
        mock.reset();
        mock.rewind();
        mock.start();
        guest = new VsockGuest(mock);
        for (int i = 0; i < 300; i++) {
            if (mock.ring(VsockDevice.TRANSMIT).free() > 0) {
                guest.send(Packet.RW, i, HOST_PORT);
            }
        }
        assertTrue(mock.ring(VsockDevice.TRANSMIT).free() < 128, "the rest waits");
        guest.rooms();
        for (int i = 0; i < 300; i++) {
            assertEquals(Packet.RST, guest.next().operation());
        }
        guest.nothing();
    }

    @Test
    void bothWaysAtOnceWithSums() throws Exception {
        SocketChannel host = opened(7);
        byte[] there = noise(3_000_000);
        byte[] back = noise(3_000_001);
        Thread echo = Thread.ofPlatform().start(() -> {
            try {
                write(host, back);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        byte[][] arrived = new byte[1][];
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                arrived[0] = read(host, there.length);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        int sent = 0;
        int forwarded = 0;
        while (got.size() < back.length || sent < there.length) {
            int piece = Math.min(50_000, Math.min(there.length - sent, (1 << 20) - (sent - forwarded)));
            if (piece > 0) {
                guest.data(7, HOST_PORT, Arrays.copyOfRange(there, sent, sent + piece));
                sent += piece;
            }
            while (guest.hasNext() || piece == 0 && (got.size() < back.length || sent < there.length)) {
                if (!guest.hasNext()) {
                    guest.send(Packet.CREDIT_UPDATE, 7, HOST_PORT);
                }
                VsockGuest.Got packet = guest.next();
                forwarded = packet.fwdCnt();
                got.writeBytes(packet.data());
                guest.fwdCnt = got.size();
                if ((1 << 20) - (sent - forwarded) > 0 && sent < there.length) {
                    break;
                }
            }
        }
        echo.join();
        reader.join();
        assertArrayEquals(back, got.toByteArray());
        assertArrayEquals(there, arrived[0]);
        assertFalse(mock.needsReset());
    }
}
