package dev.jvmm.machine;

import java.nio.ByteBuffer;

/**
 * The host's end of a guest's serial port, given to the machine when it is made. It holds the guest back by leaving bytes in
 * {@link #fromGuest}: they stay in the port, which reports busy, and stops a guest that ignores that.
 */
public interface SerialHost {
    /** Drops all output and has no input; the machine need not build a port for it. */
    SerialHost NONE = new SerialHost() {
        @Override
        public void connect(SerialGuest guest) {}

        @Override
        public void fromGuest(ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }

        @Override
        public void guestCanReceive() {}

        @Override
        public void disconnect() {}
    };

    /** Called once, before the guest runs. */
    void connect(SerialGuest guest);

    /**
     * The guest sent bytes: takes some or all by moving the buffer's position; never blocks. The buffer is valid during the call
     * only. Calls are never concurrent and come in the bytes' order, on a vCPU's thread or in {@link SerialGuest#flush}. Who
     * leaves bytes calls that method when there is room again.
     */
    void fromGuest(ByteBuffer bytes);

    /**
     * The port has bytes that may be a while in coming by themselves: {@link SerialGuest#flush} is due within milliseconds. Not
     * at once, or each byte would come alone. On a vCPU's thread.
     */
    default void outputPending() {}

    /** The guest seems to have sent all that it had for now; the bytes came before. On a vCPU's thread. */
    default void outputComplete() {}

    /** There is room in the receiver again after {@link SerialGuest#toGuest} took less than was offered. On a vCPU's thread. */
    void guestCanReceive();

    /** The machine ends. Any thread. What was taken is still delivered, and what the port holds can still be had by its flush. */
    void disconnect();
}
