package dev.jvmm.legacy;

import dev.jvmm.bus.AddressBus;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The register accesses of Linux 6.1's {@code drivers/tty/serial/8250/8250_port.c}, in their order, each method named after
 * the function it follows.
 */
final class LinuxSerialDriver {
    static final int RX = 0;
    static final int IER = 1;
    static final int IIR = 2;
    static final int LCR = 3;
    static final int MCR = 4;
    static final int LSR = 5;
    static final int MSR = 6;

    private static final int BOTH_EMPTY = 0x60;

    private final AddressBus ports;
    private final int base;
    private int ier;

    final StringBuilder received = new StringBuilder();
    final Deque<Character> xmit = new ArrayDeque<>();
    int breaks;
    int spins;

    LinuxSerialDriver(AddressBus ports, int base) {
        this.ports = ports;
        this.base = base;
    }

    int in(int register) {
        return (int) ports.read(base + register, 1);
    }

    void out(int register, int value) {
        ports.write(base + register, 1, value);
    }

    /** The type that the driver settles on. */
    String autoconfig() {
        int scratch = in(IER);
        out(IER, 0);
        int scratch2 = in(IER) & 0x0F;
        out(IER, 0x0F);
        int scratch3 = in(IER) & 0x0F;
        out(IER, scratch);
        if (scratch2 != 0 || scratch3 != 0x0F) {
            return "IER test failed";
        }
        int saveMcr = in(MCR);
        int saveLcr = in(LCR);
        out(MCR, 0x1A);
        int status1 = in(MSR) & 0xF0;
        out(MCR, saveMcr);
        if (status1 != 0x90) {
            return "LOOP test failed";
        }
        out(LCR, 0xBF);
        out(IIR, 0);
        out(LCR, 0);
        out(IIR, 0x01);
        String type = switch (in(IIR) >> 6) {
            case 0 -> "8250";
            case 2 -> "16550";
            case 3 -> autoconfig16550a();
            default -> "unknown";
        };
        out(LCR, saveLcr);
        out(MCR, saveMcr);
        clearFifos();
        in(RX);
        out(IER, 0);
        return type;
    }

    private String autoconfig16550a() {
        out(LCR, 0x80);
        if (in(IIR) == 0) {
            return "16650";
        }
        out(LCR, 0xBF);
        if (in(IIR) == 0) {
            return "16650V2";
        }
        out(LCR, 0);
        int status1 = in(MCR);
        out(LCR, 0xE0);
        int status2 = in(IIR);
        if (((status2 ^ status1) & 0x10) == 0) {
            out(LCR, 0);
            out(MCR, status1 ^ 0x10);
            out(LCR, 0xE0);
            status2 = in(IIR);
            out(LCR, 0);
            out(MCR, status1);
            if (((status2 ^ status1) & 0x10) != 0) {
                return "NS16550A";
            }
        }
        out(LCR, 0);
        out(IIR, 0x21);
        status1 = in(IIR) >> 5;
        out(IIR, 0x01);
        out(LCR, 0x80);
        out(IIR, 0x21);
        status2 = in(IIR) >> 5;
        out(IIR, 0x01);
        out(LCR, 0);
        if (status1 == 6 && status2 == 7) {
            return "16750";
        }
        int saved = in(IER);
        out(IER, saved & ~0x40);
        if ((in(IER) & 0x40) != 0) {
            return "UUE stuck";
        }
        out(IER, saved | 0x40);
        if ((in(IER) & 0x40) != 0) {
            return "XScale";
        }
        out(IER, saved);
        return sizeFifo() == 64 ? "U6_16550A" : "16550A";
    }

    int sizeFifo() {
        int oldLcr = in(LCR);
        out(LCR, 0);
        int oldFcr = in(IIR);
        int oldMcr = in(MCR);
        out(IIR, 0x07);
        out(MCR, 0x10);
        out(LCR, 0x80);
        int oldDivisor = in(RX) | in(IER) << 8;
        out(RX, 1);
        out(IER, 0);
        out(LCR, 0x03);
        for (int count = 0; count < 256; count++) {
            out(RX, count);
        }
        int count = 0;
        while ((in(LSR) & 0x01) != 0 && count < 256) {
            in(RX);
            count++;
        }
        out(IIR, oldFcr);
        out(MCR, oldMcr);
        out(LCR, 0x80);
        out(RX, oldDivisor & 0xFF);
        out(IER, oldDivisor >> 8);
        out(LCR, oldLcr);
        return count;
    }

    private void clearFifos() {
        out(IIR, 0x01);
        out(IIR, 0x07);
        out(IIR, 0x00);
    }

    /** What the driver found wrong: empty for a good UART. */
    String startup() {
        String bugs = "";
        clearFifos();
        in(LSR);
        in(RX);
        in(IIR);
        in(MSR);
        if (in(LSR) == 0xFF) {
            return "no UART";
        }
        waitForXmitr(0x20);
        out(IER, 0x02);
        int iir1 = in(IIR);
        out(IER, 0);
        out(IER, 0x02);
        int iir = in(IIR);
        out(IER, 0);
        if ((iir1 & 1) == 0 && (iir & 1) != 0) {
            bugs += "THRE ";
        }
        out(LCR, 0x03);
        out(MCR, 0x08);
        out(IER, 0x02);
        int lsr = in(LSR);
        iir = in(IIR);
        out(IER, 0);
        if ((lsr & 0x40) != 0 && (iir & 1) != 0) {
            bugs += "TXEN ";
        }
        in(LSR);
        in(RX);
        in(IIR);
        in(MSR);
        ier = 0x05;
        setTermios();
        out(MCR, 0x0B);
        return bugs;
    }

    private void setTermios() {
        out(IER, ier);
        out(LCR, 0x83);
        out(RX, 1);
        out(IER, 0);
        out(LCR, 0x03);
        out(IIR, 0x01);
        out(IIR, 0x81);
        out(MCR, 0x08);
    }

    private void waitForXmitr(int bits) {
        for (int timeout = 10_000; (in(LSR) & bits) != bits && timeout > 0; timeout--) {
            spins++;
        }
    }

    /** {@code serial8250_console_write} without the FIFO, as before the port is open. */
    void consoleWrite(String text) {
        int saved = in(IER);
        out(IER, 0);
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\n') {
                waitForXmitr(0x20);
                out(RX, '\r');
            }
            waitForXmitr(0x20);
            out(RX, text.charAt(i));
        }
        waitForXmitr(BOTH_EMPTY);
        out(IER, saved);
    }

    /** {@code uart_write} and {@code start_tx}. */
    void write(String text) {
        for (char c : text.toCharArray()) {
            xmit.add(c);
        }
        if ((ier & 0x02) == 0) {
            ier |= 0x02;
            out(IER, ier);
        }
    }

    /** {@code serial8250_interrupt}: whether it was ours. */
    boolean interrupt() {
        boolean handled = false;
        for (int pass = 0; pass < 512; pass++) {
            int iir = in(IIR);
            if ((iir & 1) != 0) {
                return handled;
            }
            handled = true;
            handleIrq();
        }
        throw new AssertionError("too much work for irq4");
    }

    private void handleIrq() {
        int status = in(LSR);
        if ((status & 0x11) != 0) {
            status = rxChars(status);
        }
        in(MSR);
        if ((status & 0x20) != 0 && (ier & 0x02) != 0) {
            txChars();
        }
    }

    private int rxChars(int first) {
        int status = first;
        for (int max = 256; max > 0; max--) {
            if ((status & 0x01) != 0) {
                char c = (char) in(RX);
                if ((status & 0x10) != 0) {
                    breaks++;
                } else {
                    received.append(c);
                }
            }
            status = in(LSR);
            if ((status & 0x11) == 0) {
                break;
            }
        }
        return status;
    }

    private void txChars() {
        for (int count = 16; count > 0 && !xmit.isEmpty(); count--) {
            out(RX, xmit.remove());
        }
        if (xmit.isEmpty()) {
            ier &= ~0x02;
            out(IER, ier);
        }
    }
}
