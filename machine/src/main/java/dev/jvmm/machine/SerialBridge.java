package dev.jvmm.machine;

import dev.jvmm.irq.InterruptLine;
import dev.jvmm.legacy.SerialPeer;
import dev.jvmm.legacy.Uart16550;
import java.nio.ByteBuffer;

/** Connects a UART with the host's end of its line. */
final class SerialBridge implements SerialPeer, SerialGuest {
    private final SerialHost host;
    private final Uart16550 uart;

    SerialBridge(InterruptLine line, SerialHost host) {
        this.host = host;
        this.uart = new Uart16550(line, this);
        host.connect(this);
    }

    Uart16550 uart() {
        return uart;
    }

    @Override
    public void output(ByteBuffer bytes) {
        host.fromGuest(bytes);
    }

    @Override
    public void outputPending() {
        host.outputPending();
    }

    @Override
    public void outputComplete() {
        host.outputComplete();
    }

    @Override
    public void inputSpace() {
        host.guestCanReceive();
    }

    @Override
    public int toGuest(byte[] bytes, int offset, int length) {
        return uart.offer(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public int flush() {
        return uart.flush();
    }

    /** Lets no vCPU wait for the host's end any more, and hands over what it takes at once; it can have the rest by flush. */
    void close() {
        uart.mayWait(false);
        uart.flush();
        host.disconnect();
    }
}
