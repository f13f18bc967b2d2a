package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Register by register. */
final class Uart16550Test {
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;

    private final RecordingLine line = new RecordingLine();
    private final RecordingPeer peer = new RecordingPeer();
    private final Uart16550 uart = new Uart16550(line, peer);

    private int in(int register) {
        return (int) uart.read(register, 1);
    }

    private void out(int register, int value) {
        uart.write(register, 1, value);
    }

    private int offer(String text) {
        return uart.offer(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private void raiseRts() {
        out(MCR, 0x0B);
    }

    @Test
    void comesUpIdle() {
        assertEquals(0, in(IER));
        assertEquals(0x01, in(IIR));
        assertEquals(0x60, in(LSR));
        assertEquals(0xB0, in(MSR));
        assertFalse(line.up());
    }

    @Test
    void scratchAndDivisorKeepTheirValues() {
        out(SCR, 0xA5);
        out(LCR, 0x83);
        out(DATA, 0x34);
        out(IER, 0x12);
        assertEquals(0x34, in(DATA));
        assertEquals(0x12, in(IER));
        assertEquals(0x83, in(LCR));
        out(LCR, 0x03);
        assertEquals(0, in(IER));
        assertEquals(0xA5, in(SCR));
        assertEquals("", peer.text());
        assertEquals(0, uart.drain(0));
        assertEquals("", peer.text(), "the divisor is no output");
    }

    @Test
    void wideAccessIsSoManyBytes() {
        uart.write(LCR, 2, 0x0103);
        assertEquals(0x03, in(LCR));
        assertEquals(0x01, in(MCR));
        assertEquals(0x0103, uart.read(LCR, 2));
    }

    @Test
    void transmitterInterruptComesByEnablingAndGoesByReading() {
        out(IER, 0x02);
        assertTrue(line.up());
        assertEquals(0x02, in(IIR));
        assertFalse(line.up());
        assertEquals(0x01, in(IIR));
        out(IER, 0x02);
        assertFalse(line.up(), "no change, no interrupt");
        out(DATA, 'x');
        assertTrue(line.up(), "sent, so empty again");
        out(IER, 0);
        assertFalse(line.up());
        out(IER, 0x02);
        assertTrue(line.up());
    }

    @Test
    void bytesGoOutAtNewlineWhenManyAndAtIer() {
        out(DATA, 'a');
        out(DATA, 'b');
        assertEquals("", peer.text());
        assertEquals(1, peer.pendings);
        out(DATA, '\n');
        assertEquals("ab\n", peer.text());
        assertEquals(1, peer.calls);
        out(DATA, '$');
        out(IER, 0);
        assertEquals("ab\n$", peer.text());
        for (int i = 0; i < 1024; i++) {
            out(DATA, '.');
        }
        assertEquals(4 + 1024, peer.text().length());
        out(DATA, '!');
        uart.flush();
        assertTrue(peer.text().endsWith("!"));
    }

    @Test
    void receivesOnlyWhileRtsIsUp() {
        assertEquals(3, offer("abc"));
        assertEquals(0x60, in(LSR));
        out(FCR, 0x07);
        raiseRts();
        assertEquals(0x61, in(LSR));
        assertEquals('a', in(DATA));
        out(MCR, 0x09);
        assertEquals('b', in(DATA), "what was in the FIFO stays");
        assertEquals('c', in(DATA));
        offer("d");
        assertEquals(0x60, in(LSR));
        raiseRts();
        assertEquals('d', in(DATA));
        assertEquals('d', in(DATA), "the holding register gives its last byte again");
    }

    @Test
    void receiverInterruptsByTriggerAndTimeout() {
        raiseRts();
        out(FCR, 0x81); // trigger at 8
        out(IER, 0x01);
        offer("1234567");
        assertEquals(0xCC, in(IIR), "below the trigger: timeout");
        assertTrue(line.up());
        offer("8");
        assertEquals(0xC4, in(IIR));
        for (int i = 0; i < 8; i++) {
            assertEquals('1' + i, in(DATA));
        }
        assertFalse(line.up());
        assertEquals(0xC1, in(IIR));
        assertEquals(1, line.edges());
    }

    @Test
    void withoutFifoOneByteAtATime() {
        raiseRts();
        out(IER, 0x01);
        offer("ab");
        assertEquals(0x04, in(IIR));
        assertEquals('a', in(DATA));
        assertEquals(0x04, in(IIR));
        assertEquals('b', in(DATA));
        assertEquals(0x01, in(IIR));
    }

    @Test
    void reasonsAreRanked() {
        out(FCR, 0x01);
        out(MCR, 0x1F); // loopback: all four lines move
        out(MCR, 0x0B);
        uart.sendBreak();
        out(IER, 0x0F);
        assertEquals(0xC6, in(IIR));
        assertEquals(0x11 | 0x60 | 0x80, in(LSR));
        assertEquals(0xC4, in(IIR) & ~0x08);
        assertEquals(0, in(DATA));
        assertEquals(0xC2, in(IIR));
        assertEquals(0xC0, in(IIR));
        assertTrue((in(MSR) & 0x0F) != 0);
        assertEquals(0xC1, in(IIR));
        assertFalse(line.up());
        assertEquals(0x60, in(LSR));
    }

    @Test
    void fifoClearKeepsWhatIsOnTheWire() {
        raiseRts();
        out(FCR, 0x01);
        offer("0123456789abcdefXYZ");
        out(MCR, 0x09); // the far side waits
        out(FCR, 0x03);
        assertEquals(0x60, in(LSR));
        raiseRts();
        assertEquals('X', in(DATA));
    }

    @Test
    void inputIsBoundedAndTellsWhenThereIsRoom() {
        assertEquals(Uart16550.INPUT_CAPACITY, offer("x".repeat(5000)));
        assertEquals(0, offer("y"));
        assertEquals(0, peer.spaces);
        out(FCR, 0x01);
        raiseRts();
        int read = 0;
        while (peer.spaces == 0) {
            assertEquals(0x61, in(LSR));
            assertEquals('x', in(DATA));
            read++;
        }
        assertEquals(Uart16550.INPUT_CAPACITY / 2 - 16, read, "half of the queue, 16 of it in the FIFO");
        for (int i = 0; i < 500; i++) {
            in(DATA);
        }
        assertEquals(1, peer.spaces, "told once");
        assertEquals(1, offer("y"));
    }

    @Test
    void loopbackFillsTheFifoAndOverruns() {
        out(FCR, 0x01);
        out(MCR, 0x10);
        offer("far");
        for (int i = 0; i < 20; i++) {
            out(DATA, i);
        }
        assertEquals(0x63, in(LSR), "overrun, once");
        assertEquals(0x61, in(LSR));
        for (int i = 0; i < 16; i++) {
            assertEquals(i, in(DATA));
        }
        assertEquals(0x60, in(LSR));
        assertEquals(0, uart.drain(0));
        assertEquals("", peer.text(), "nothing leaves in loopback");
        out(MCR, 0x02);
        assertEquals('f', in(DATA));
    }

    @Test
    void loopbackTurnsTheModemLinesAround() {
        in(MSR);
        out(MCR, 0x1A);
        assertEquals(0x90, in(MSR) & 0xF0);
        out(MCR, 0x15);
        assertEquals(0x60, in(MSR) & 0xF0);
        out(MCR, 0x10);
        assertEquals(0x06, in(MSR), "DSR fell, the ring ended");
        out(IER, 0x08);
        assertFalse(line.up());
        out(MCR, 0x14);
        assertFalse(line.up(), "a ring that begins is no change");
        out(MCR, 0x00);
        assertTrue(line.up());
        assertEquals(0xB0 | 0x0F, in(MSR));
        assertFalse(line.up());
    }

    /** Whatever a guest does: no exception, nothing lost or reordered, every byte accounted for. */
    @Test
    void anySequenceOfAccessesIsHarmless() {
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            RecordingPeer sink = new RecordingPeer();
            Uart16550 device = new Uart16550(new RecordingLine(), sink);
            device.mayWait(false);
            ByteBuffer far = ByteBuffer.allocate(64);
            for (int step = 0; step < 20_000; step++) {
                int register = random.nextInt(8);
                switch (random.nextInt(16)) {
                    case 0 -> device.offer(far.clear().limit(random.nextInt(65)));
                    case 1 -> device.sendBreak();
                    case 2 -> sink.appetite(random.nextInt(3) == 0 ? Integer.MAX_VALUE : random.nextInt(50));
                    case 3 -> device.flush();
                    case 4, 5, 6, 7, 8 -> {
                        long value = device.read(register, 1);
                        assertEquals(value & 0xFF, value);
                    }
                    default -> device.write(register, 1, random.nextInt(256));
                }
                if (device.read(IIR, 1) == 0) {
                    device.read(MSR, 1);
                }
            }
            sink.appetite(Integer.MAX_VALUE);
            device.drain(0);
        }
    }
}
