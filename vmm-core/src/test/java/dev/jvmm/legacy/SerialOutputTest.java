package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.irq.InterruptLine;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What the guest wrote arrives, whatever the peer does. */
final class SerialOutputTest {
    private static final Duration BOUND = Duration.ofSeconds(30);

    private static void write(Uart16550 uart, int from, int count) {
        for (int i = 0; i < count; i++) {
            uart.write(0, 1, from + i & 0xFF);
        }
    }

    private static byte[] pattern(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    @Test
    void fickleAppetiteLosesAndReordersNothing() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            RecordingPeer peer = new RecordingPeer();
            Uart16550 uart = new Uart16550(InterruptLine.NONE, peer);
            uart.mayWait(false);
            int written = 0;
            while (written < 100_000) {
                int count = random.nextInt(3000);
                peer.appetite(random.nextInt(4000));
                write(uart, written, count);
                written += count;
                if (random.nextInt(4) == 0) {
                    peer.appetite(Integer.MAX_VALUE);
                    uart.flush();
                }
            }
            peer.appetite(Integer.MAX_VALUE);
            assertEquals(0, uart.drain(0));
            assertArrayEquals(pattern(written), peer.bytes());
        }
    }

    @Test
    void guestThatIgnoresBusyWaitsForThePeer() throws InterruptedException {
        RecordingPeer peer = new RecordingPeer();
        peer.appetite(0);
        Uart16550 uart = new Uart16550(InterruptLine.NONE, peer);
        Thread vcpu = new Thread(() -> write(uart, 0, 100_000));
        vcpu.start();
        while (vcpu.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(0, uart.read(5, 1) & 0x60, "other vCPUs still get at the registers");
        assertEquals(1, uart.offer(ByteBuffer.allocate(1)));
        peer.appetite(Integer.MAX_VALUE);
        uart.flush();
        assertTrue(vcpu.join(BOUND));
        assertEquals(0, uart.drain(0));
        assertArrayEquals(pattern(100_000), peer.bytes());
    }

    @Test
    void stopSetsWaitingGuestsFreeAndKeepsTheirLastBytes() throws InterruptedException {
        RecordingPeer peer = new RecordingPeer();
        peer.appetite(0);
        Uart16550 uart = new Uart16550(InterruptLine.NONE, peer);
        Thread vcpu = new Thread(() -> write(uart, 0, SerialOutput.FULL_MARK + 100));
        vcpu.start();
        while (vcpu.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        uart.mayWait(false);
        assertTrue(vcpu.join(BOUND));
        assertEquals(SerialOutput.FULL_MARK + 100, uart.drain(0));
        peer.appetite(Integer.MAX_VALUE);
        assertEquals(0, uart.drain(0));
        assertArrayEquals(pattern(SerialOutput.FULL_MARK + 100), peer.bytes());
    }

    @Test
    void whatIsLostAfterAStopIsCounted() {
        RecordingPeer peer = new RecordingPeer();
        peer.appetite(0);
        Uart16550 uart = new Uart16550(InterruptLine.NONE, peer);
        uart.mayWait(false);
        write(uart, 0, SerialOutput.CAPACITY + 5);
        peer.appetite(Integer.MAX_VALUE);
        assertEquals(5, uart.drain(0));
        assertEquals(SerialOutput.CAPACITY, peer.bytes().length);
    }

    @Test
    void interruptedGuestThreadDoesNotHang() throws InterruptedException {
        RecordingPeer peer = new RecordingPeer();
        peer.appetite(0);
        Uart16550 uart = new Uart16550(InterruptLine.NONE, peer);
        boolean[] still = new boolean[1];
        Thread vcpu = new Thread(() -> {
            write(uart, 0, SerialOutput.FULL_MARK + 1);
            still[0] = Thread.currentThread().isInterrupted();
        });
        vcpu.start();
        while (vcpu.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        vcpu.interrupt();
        assertTrue(vcpu.join(BOUND));
        assertTrue(still[0]);
        assertEquals(SerialOutput.FULL_MARK + 1, uart.drain(0));
    }

    /** A peer that blocks in one vCPU's write holds up neither the registers nor another's few bytes. */
    @Test
    void blockedPeerHoldsNoMonitor() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        RecordingPeer peer = new RecordingPeer();
        Uart16550 uart = new Uart16550(InterruptLine.NONE, bytes -> {
            entered.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            peer.output(bytes);
        });
        Thread first = new Thread(() -> uart.write(0, 1, '\n'));
        first.start();
        entered.await();
        uart.write(0, 1, '1');
        uart.write(0, 1, '\n');
        assertEquals(0x60, uart.read(5, 1));
        assertEquals(3, uart.drain(0));
        open.countDown();
        assertTrue(first.join(BOUND));
        assertEquals("\n1\n", peer.text(), "who was at it looked again");
    }

    @Test
    void peerThatThrowsLosesItsBytesAndNoMore() {
        RecordingPeer peer = new RecordingPeer();
        boolean[] broken = { true };
        Uart16550 uart = new Uart16550(InterruptLine.NONE, bytes -> {
            if (broken[0]) {
                throw new IllegalStateException("broken pipe");
            }
            peer.output(bytes);
        });
        uart.write(0, 1, 'a');
        assertThrows(IllegalStateException.class, () -> uart.write(0, 1, '\n'));
        broken[0] = false;
        uart.write(0, 1, 'b');
        uart.write(0, 1, '\n');
        assertEquals("b\n", peer.text());
    }

    @Test
    void drainWaitsForAPeerThatComesBack() throws InterruptedException {
        RecordingPeer peer = new RecordingPeer();
        peer.appetite(0);
        Uart16550 uart = new Uart16550(InterruptLine.NONE, peer);
        write(uart, 0, 500);
        Thread main = Thread.currentThread();
        Thread loop = new Thread(() -> {
            while (main.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            peer.appetite(Integer.MAX_VALUE);
            uart.flush();
        });
        loop.start();
        assertEquals(0, uart.drain(30_000));
        loop.join();
        assertArrayEquals(pattern(500), peer.bytes());
    }

    @Test
    void severalWritersKeepTheirOwnOrder() throws InterruptedException {
        RecordingPeer peer = new RecordingPeer();
        Uart16550 uart = new Uart16550(InterruptLine.NONE, peer);
        Thread[] vcpus = new Thread[4];
        for (int i = 0; i < vcpus.length; i++) {
            int tag = i << 6;
            vcpus[i] = new Thread(() -> {
                for (int n = 0; n < 20_000; n++) {
                    uart.write(0, 1, tag | n % 61);
                }
            });
            vcpus[i].start();
        }
        for (Thread vcpu : vcpus) {
            assertTrue(vcpu.join(BOUND));
        }
        assertEquals(0, uart.drain(0));
        int[] next = new int[4];
        byte[] bytes = peer.bytes();
        assertEquals(80_000, bytes.length);
        for (byte b : bytes) {
            int who = (b & 0xFF) >> 6;
            assertEquals(next[who] % 61, b & 0x3F);
            next[who]++;
        }
    }
}
