package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.bus.AddressBus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The UART under Linux's own driver, behind the port bus. */
final class LinuxSerialTest {
    private final RecordingLine line = new RecordingLine();
    private final RecordingPeer peer = new RecordingPeer();
    private final Uart16550 uart = new Uart16550(line, peer);
    private final AddressBus ports = new AddressBus("port", (bus, device, address, failure) -> {
        throw new AssertionError(failure);
    });
    private final LinuxSerialDriver linux = new LinuxSerialDriver(ports, 0x3F8);

    @BeforeEach
    void plug() {
        ports.add(0x3F8, Uart16550.SIZE, uart);
    }

    private void type(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(text.length(), uart.offer(bytes));
    }

    /** Delivers edges as the I/O APIC does: one per rise, held while the handler runs. */
    private int serviceInterrupts() {
        int served = 0;
        while (line.edges() > 0) {
            linux.interrupt();
            served++;
        }
        assertFalse(line.up(), "a level that stays up would never make an edge again");
        return served;
    }

    @Test
    void isRecognisedAsA16550a() {
        assertEquals("16550A", linux.autoconfig());
        assertEquals(16, linux.sizeFifo());
        assertEquals("", linux.startup());
        assertEquals("", peer.text(), "probing sends nothing");
    }

    @Test
    void consoleMessagesArriveWithoutWaiting() {
        linux.consoleWrite("Linux version 6.1\nbooting");
        assertEquals("Linux version 6.1\r\nbooting", peer.text(), "IER's restoring sends the unfinished line too");
        assertEquals(peer.text().length(), peer.completed, "the peer knows that nothing follows for now");
        assertEquals(0, linux.spins);
    }

    @Test
    void terminalOutputGoesByInterrupts() {
        linux.autoconfig();
        linux.startup();
        line.edges();
        String text = "The quick brown fox jumps over the lazy dog $ ";
        linux.write(text);
        assertTrue(line.up());
        serviceInterrupts();
        assertEquals(text, peer.text(), "a prompt without a newline is out, too");
        assertEquals(text.length(), peer.completed);
    }

    @Test
    void typedBeforeTheGuestListensIsNotLost() {
        type("early ");
        linux.autoconfig();
        type("bird");
        linux.startup();
        serviceInterrupts();
        assertEquals("early bird", linux.received.toString());
    }

    @Test
    void longInputFlowsAndBreakIsSeen() {
        linux.autoconfig();
        linux.startup();
        String text = "0123456789".repeat(400);
        type(text);
        serviceInterrupts();
        assertEquals(text, linux.received.toString());
        uart.sendBreak();
        serviceInterrupts();
        assertEquals(1, linux.breaks);
        type("h");
        serviceInterrupts();
        assertEquals(text + "h", linux.received.toString());
    }

    /** The queue behind the FIFO fills it up while it is read, so one interrupt is enough for as much as Linux reads in one. */
    @Test
    void aBurstIsReadInOneInterrupt() {
        linux.autoconfig();
        linux.startup();
        serviceInterrupts();
        type("x".repeat(200));
        assertEquals(1, serviceInterrupts());
        assertEquals(200, linux.received.length());
    }

    @Test
    void echoOfALongPasteComesBackWhole() {
        linux.autoconfig();
        linux.startup();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            String text = "line " + i + "\n";
            all.append(text);
            type(text);
            serviceInterrupts();
            linux.write(linux.received.toString());
            linux.received.setLength(0);
            serviceInterrupts();
        }
        assertEquals(all.toString(), peer.text());
    }

    /** The peer takes nothing: the transmitter turns busy, Linux's tty waits for its interrupt, and nothing is lost. */
    @Test
    void stalledPeerStopsTheTransmitterAndItsInterrupts() {
        linux.autoconfig();
        linux.startup();
        line.edges();
        peer.appetite(0);
        String text = "x".repeat(9000) + "\n";
        for (int i = 0; i < text.length(); i += 1000) {
            linux.write(text.substring(i, Math.min(text.length(), i + 1000)));
            serviceInterrupts();
        }
        assertFalse(linux.xmit.isEmpty());
        assertEquals(0, linux.in(LinuxSerialDriver.LSR) & 0x60);
        assertEquals("", peer.text());
        peer.appetite(Integer.MAX_VALUE);
        uart.flush();
        serviceInterrupts();
        assertEquals(0, linux.xmit.size());
        assertEquals(text, peer.text());
    }
}
