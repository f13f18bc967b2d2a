package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.irq.InterruptLine;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import java.nio.ByteBuffer;

/**
 * A 16550A serial port of 8 byte-wide registers, as National Semiconductor's PC16550D data sheet has it and as Linux's
 * {@code drivers/tty/serial/8250} drives it.
 *
 * <p>Sending takes no time: the transmitter is empty again at once, unless the {@link SerialPeer} takes nothing; then it
 * reports busy, and a guest that writes all the same waits, so that nothing is lost ({@link #mayWait} ends that at a stop).
 * Output reaches the peer at a newline, when enough has gathered, when the guest writes IER (Linux does at the end of each
 * message and each transmission), and on {@link #flush}.
 *
 * <p>Receiving: {@link #offer} fills a bounded queue, which stands for the far side of the wire. Bytes move from there into
 * the receiver's FIFO while the guest holds RTS up and the port is not in loopback, so nothing that was typed before the
 * guest opens the port is lost. The modem lines CTS, DSR and DCD are up.
 *
 * <p>Any thread. The monitor guards the registers and orders the interrupt's level; it is not held during calls to the peer.
 */
public final class Uart16550 implements BusDevice, Stateful, SerialOutput.RoomListener {
    /** Bytes of the register range. */
    public static final int SIZE = 8;

    /** What {@link #offer} takes while the guest does not read. */
    public static final int INPUT_CAPACITY = 4096;

    private static final int RBR_THR_DLL = 0;
    private static final int IER_DLM = 1;
    private static final int IIR_FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;

    static final int IER_RDI = 0x01;
    static final int IER_THRI = 0x02;
    static final int IER_RLSI = 0x04;
    static final int IER_MSI = 0x08;
    private static final int IER_MASK = 0x0F;

    static final int IIR_NONE = 0x01;
    static final int IIR_MSI = 0x00;
    static final int IIR_THRI = 0x02;
    static final int IIR_RDI = 0x04;
    static final int IIR_RLSI = 0x06;
    static final int IIR_TIMEOUT = 0x0C;
    private static final int IIR_FIFOS = 0xC0;

    private static final int LCR_DLAB = 0x80;

    static final int LSR_DR = 0x01;
    static final int LSR_OE = 0x02;
    static final int LSR_BI = 0x10;
    static final int LSR_THRE = 0x20;
    static final int LSR_TEMT = 0x40;

    private static final int STATE_VERSION = 1;

    /** Output that gathered beyond this goes to the peer without a newline. */
    private static final int FLUSH_AT = 1024;

    private final InterruptLine line;
    private final SerialPeer peer;
    private final SerialOutput output;
    private final SerialInput input = new SerialInput(INPUT_CAPACITY);
    private final Transmitter transmitter = new Transmitter();
    private final ModemLines modem = new ModemLines();

    private int ier;
    private int lcr;
    private int scratch;
    private int divisor = 0x000C; // 9600 baud, as firmware leaves it

    private boolean level;

    /**
     * @param line level-triggered, up while the UART has a reason
     * @param peer the other end of the line
     */
    public Uart16550(InterruptLine line, SerialPeer peer) {
        this.line = line;
        this.peer = peer;
        this.output = new SerialOutput(peer, this);
    }

    /** A wide access is so many byte accesses, as the ISA bus has it. */
    @Override
    public long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) readByte((int) offset + i) << (i << 3);
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writeByte((int) offset + i, (int) (value >>> (i << 3)) & 0xFF);
        }
    }

    private int readByte(int register) {
        boolean space;
        int value;
        synchronized (this) {
            value = readRegister(register);
            refill();
            updateLine();
            space = input.tellSpace();
        }
        if (space) {
            peer.inputSpace();
        }
        return value;
    }

    private int readRegister(int register) {
        boolean divisorLatch = (lcr & LCR_DLAB) != 0;
        switch (register) {
            case RBR_THR_DLL :
                return divisorLatch ? divisor & 0xFF : input.take();
            case IER_DLM :
                return divisorLatch ? divisor >> 8 : ier;
            case IIR_FCR :
                return readInterruptId();
            case LCR :
                return lcr;
            case MCR :
                return modem.control();
            case LSR :
                return input.readStatus() | (transmitter.busy() ? 0 : LSR_THRE | LSR_TEMT);
            case MSR :
                return modem.readStatus();
            default :
                return scratch;
        }
    }

    /** Reading "transmitter empty" is what ends it; the other reasons end by their own registers. */
    private int readInterruptId() {
        int id = interruptId();
        if (id == IIR_THRI) {
            transmitter.told();
        }
        return id | (input.fifoEnabled() ? IIR_FIFOS : 0);
    }

    /** The reason of the highest rank. */
    private int interruptId() {
        if ((ier & IER_RLSI) != 0 && input.errors() != 0) {
            return IIR_RLSI;
        }
        if ((ier & IER_RDI) != 0 && input.ready()) {
            return input.atTrigger() ? IIR_RDI : IIR_TIMEOUT;
        }
        if ((ier & IER_THRI) != 0 && transmitter.emptyPending()) {
            return IIR_THRI;
        }
        return (ier & IER_MSI) != 0 && modem.changed() ? IIR_MSI : IIR_NONE;
    }

    private void updateLine() {
        boolean wanted = interruptId() != IIR_NONE;
        if (wanted != level) {
            level = wanted;
            line.set(wanted);
        }
    }

    private void writeByte(int register, int value) {
        if (register == RBR_THR_DLL && transmits()) {
            transmit((byte) value);
            return;
        }
        boolean space;
        synchronized (this) {
            writeRegister(register, value);
            refill();
            updateLine();
            space = input.tellSpace();
        }
        if (register == IER_DLM) {
            if (output.count() > 0) {
                output.flush();
            }
            peer.outputComplete();
        }
        if (space) {
            peer.inputSpace();
        }
    }

    private synchronized boolean transmits() {
        return (lcr & LCR_DLAB) == 0 && !modem.loopback();
    }

    private void writeRegister(int register, int value) {
        boolean divisorLatch = (lcr & LCR_DLAB) != 0;
        switch (register) {
            case RBR_THR_DLL -> {
                if (divisorLatch) {
                    divisor = divisor & 0xFF00 | value;
                } else {
                    input.loopBack(value);
                    transmitter.sent();
                }
            }
            case IER_DLM -> {
                if (divisorLatch) {
                    divisor = divisor & 0xFF | value << 8;
                } else {
                    enable(value & IER_MASK);
                }
            }
            case IIR_FCR -> input.control(value);
            case LCR -> lcr = value;
            case MCR -> modem.control(value);
            case SCR -> scratch = value;
            default -> {
                // LSR and MSR: the data sheet keeps writes for the factory's tests
            }
        }
    }

    private void enable(int wanted) {
        transmitter.enable((ier & IER_THRI) != 0, (wanted & IER_THRI) != 0);
        ier = wanted;
    }

    private void transmit(byte value) {
        int waiting = output.put(value);
        synchronized (this) {
            transmitter.sent();
            transmitter.judge(output.count());
            updateLine();
        }
        if (value == '\n' || waiting >= FLUSH_AT) {
            output.flush();
        } else if (waiting == 1) {
            peer.outputPending();
        }
    }

    /** For the output ring: the peer took bytes. */
    @Override
    public synchronized void outputTaken() {
        if (transmitter.busy()) {
            transmitter.judge(output.count());
            updateLine();
        }
    }

    private void refill() {
        if (modem.readyToReceive()) {
            input.refill();
        }
    }

    /**
     * Offers bytes to the guest and moves the buffer's position past those taken; never blocks.
     *
     * @return how many were taken; when some are left {@link SerialPeer#inputSpace} follows once there is room
     */
    public synchronized int offer(ByteBuffer bytes) {
        int taken = input.offer(bytes);
        refill();
        updateLine();
        return taken;
    }

    /** Sends a break, which Linux's magic SysRq listens for. Comes at once, ahead of the bytes that still wait. */
    public synchronized void sendBreak() {
        if (!modem.loopback()) {
            input.receiveBreak();
            updateLine();
        }
    }

    /**
     * Hands the peer what waits for it. Any thread; returns at once when another is at it, which then looks again.
     *
     * @return how many bytes still wait
     */
    public int flush() {
        output.flush();
        return output.count();
    }

    /**
     * Whether a guest CPU may wait in here for a peer that takes nothing. A stop or a pause says no, which lets those that
     * wait go on: what they still write is kept, up to 8 KiB.
     */
    public void mayWait(boolean allowed) {
        output.mayWait(allowed);
    }

    /**
     * At the end, when no vCPU runs any more: flushes until the peer has taken everything.
     *
     * @param millis the longest wait for a peer that leaves bytes; 0 does not wait
     * @return the bytes left or lost, 0 when the peer has all that the guest ever wrote
     */
    public long drain(long millis) {
        return output.drain(millis) + output.lost();
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    /** The registers and both queues. Output that the peer has not taken is saved, not handed over: it may take none. */
    @Override
    public void save(StateWriter out) {
        byte[] waiting = output.waiting();
        outputTaken();
        synchronized (this) {
            out.int8(ier).int8(lcr).int8(scratch).int16(divisor).bytes(waiting);
            transmitter.save(out);
            modem.save(out);
            input.save(out);
        }
    }

    /**
     * Leaves the interrupt line alone, whose level the interrupt chips' state holds. Output that waited is offered to the peer when
     * the guest sends more, or at the next {@link #flush}, which the owner calls once the machine runs.
     */
    @Override
    public synchronized void restore(StateReader in) {
        ier = in.int8(0, IER_MASK);
        lcr = in.int8();
        scratch = in.int8();
        divisor = in.int16();
        byte[] waiting = in.bytes(SerialOutput.CAPACITY);
        output.restore(waiting);
        transmitter.restore(in, waiting.length);
        modem.restore(in);
        input.restore(in);
        level = interruptId() != IIR_NONE;
    }
}
