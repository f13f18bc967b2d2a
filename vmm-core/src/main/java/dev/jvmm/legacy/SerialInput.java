package dev.jvmm.legacy;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import java.nio.ByteBuffer;

/**
 * The receiving half of a 16550A: the far side's bounded queue, the 16-byte FIFO (or the one holding register), and the
 * receiver's bits of the line status. Guarded by the UART's monitor.
 */
final class SerialInput {
    private static final int FIFO_SIZE = 16;
    private static final int FCR_ENABLE = 0x01;
    private static final int FCR_CLEAR_RECEIVER = 0x02;
    private static final int FIFO_ERROR = 0x80;

    /** Marks a FIFO entry that is a break and not a byte. */
    private static final short BREAK = 0x100;

    private final byte[] queue;
    private int queueHead;
    private int queued;

    /** Someone was refused and waits for room. */
    private boolean starved;

    private final short[] fifo = new short[FIFO_SIZE];
    private int fifoHead;
    private int received;
    private int trigger = 1;
    private boolean fifoEnabled;

    /** LSR_OE and LSR_BI, until LSR is read. */
    private int errors;

    /** What the holding register gives when there is nothing new. */
    private int latched;

    SerialInput(int capacity) {
        queue = new byte[capacity];
    }

    int offer(ByteBuffer bytes) {
        int taken = Math.min(bytes.remaining(), queue.length - queued);
        for (int i = 0; i < taken; i++) {
            queue[(queueHead + queued) % queue.length] = bytes.get();
            queued++;
        }
        starved |= bytes.hasRemaining();
        return taken;
    }

    /** True once after a refusal, when half of the queue is free. */
    boolean tellSpace() {
        boolean tell = starved && queued <= queue.length / 2;
        if (tell) {
            starved = false;
        }
        return tell;
    }

    /** Moves what fits from the queue into the FIFO. */
    void refill() {
        while (queued > 0 && received < depth()) {
            push((short) (queue[queueHead] & 0xFF));
            queueHead = (queueHead + 1) % queue.length;
            queued--;
        }
    }

    private int depth() {
        return fifoEnabled ? FIFO_SIZE : 1;
    }

    private void push(short entry) {
        fifo[(fifoHead + received) % FIFO_SIZE] = entry;
        received++;
        if (received == 1) {
            reveal();
        }
    }

    /** A break shows in the line status when it reaches the top. */
    private void reveal() {
        if (received > 0 && fifo[fifoHead] == BREAK) {
            errors |= Uart16550.LSR_BI;
        }
    }

    /** The transmitter's byte in loopback mode; a full FIFO keeps what it has, a holding register the newest. */
    void loopBack(int value) {
        if (received < depth()) {
            push((short) value);
        } else {
            errors |= Uart16550.LSR_OE;
            if (!fifoEnabled) {
                fifo[fifoHead] = (short) value;
            }
        }
    }

    void receiveBreak() {
        if (received < depth()) {
            push(BREAK);
        } else {
            errors |= Uart16550.LSR_OE;
        }
    }

    /** The guest reads RBR. */
    int take() {
        if (received > 0) {
            latched = fifo[fifoHead] & 0xFF;
            fifoHead = (fifoHead + 1) % FIFO_SIZE;
            received--;
            reveal();
        }
        return latched;
    }

    /** The guest writes FCR. Nothing but the enabling bit counts unless that bit is set; changing it empties the FIFO. */
    void control(int value) {
        boolean enable = (value & FCR_ENABLE) != 0;
        if (enable != fifoEnabled || enable && (value & FCR_CLEAR_RECEIVER) != 0) {
            received = 0;
        }
        fifoEnabled = enable;
        trigger = enable ? triggerLevel(value >> 6) : 1;
    }

    private static int triggerLevel(int code) {
        switch (code) {
            case 0 :
                return 1;
            case 1 :
                return 4;
            case 2 :
                return 8;
            default :
                return 14;
        }
    }

    boolean fifoEnabled() {
        return fifoEnabled;
    }

    boolean ready() {
        return received > 0;
    }

    /** Enough for a "data available" interrupt; what is less counts as having waited for longer than four characters take. */
    boolean atTrigger() {
        return received >= trigger;
    }

    int errors() {
        return errors;
    }

    /** The receiver's bits of LSR; reading them forgets the errors. */
    int readStatus() {
        int status = errors | (received > 0 ? Uart16550.LSR_DR : 0);
        if (fifoEnabled && hasBreak()) {
            status |= FIFO_ERROR;
        }
        errors = 0;
        return status;
    }

    void save(StateWriter out) {
        byte[] waiting = new byte[queued];
        for (int i = 0; i < queued; i++) {
            waiting[i] = queue[(queueHead + i) % queue.length];
        }
        out.bytes(waiting).bool(starved).bool(fifoEnabled).int8(trigger).int8(errors).int8(latched).int8(received);
        for (int i = 0; i < received; i++) {
            out.int16(fifo[(fifoHead + i) % FIFO_SIZE]);
        }
    }

    void restore(StateReader in) {
        byte[] waiting = in.bytes(queue.length);
        System.arraycopy(waiting, 0, queue, 0, waiting.length);
        queueHead = 0;
        queued = waiting.length;
        starved = in.bool();
        fifoEnabled = in.bool();
        trigger = in.int8();
        boolean possible = trigger == 1 || fifoEnabled && (trigger == 4 || trigger == 8 || trigger == 14);
        if (!possible) {
            throw in.bad("has a FIFO trigger of " + trigger);
        }
        errors = in.int8();
        if ((errors & ~(Uart16550.LSR_OE | Uart16550.LSR_BI)) != 0) {
            throw in.bad("has line errors of other kinds than an overrun and a break");
        }
        latched = in.int8();
        int entries = in.int8(0, depth());
        for (int i = 0; i < entries; i++) {
            int entry = in.int16();
            if (entry > BREAK) {
                throw in.bad("has a received byte that is none");
            }
            fifo[i] = (short) entry;
        }
        fifoHead = 0;
        received = entries;
    }

    private boolean hasBreak() {
        for (int i = 0; i < received; i++) {
            if (fifo[(fifoHead + i) % FIFO_SIZE] == BREAK) {
                return true;
            }
        }
        return false;
    }
}
