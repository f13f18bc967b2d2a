package dev.jvmm.legacy;

import java.nio.ByteBuffer;

/**
 * The other end of a {@link Uart16550}'s line. None of the calls is made with the UART's monitor held, so each may call
 * back into the UART.
 */
public interface SerialPeer {
    /** Takes everything and keeps nothing. */
    SerialPeer NONE = new SerialPeer() {
        @Override
        public void output(ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }
    };

    /**
     * The guest sent bytes: takes some or all by moving the position of this direct buffer, which is valid during the call
     * only. Calls are never concurrent and come in the order of the bytes, on a vCPU's thread or on one that called
     * {@link Uart16550#flush}.
     *
     * <p>A peer that leaves bytes calls {@link Uart16550#flush} when it can take more. A peer may block instead: only guest
     * CPUs that send more than the UART buffers wait for it. One that throws loses the bytes offered in that call.
     */
    void output(ByteBuffer bytes);

    /**
     * The guest sent the first byte of what may be an unfinished line: call {@link Uart16550#flush} soon (milliseconds). On a
     * vCPU's thread.
     */
    default void outputPending() {}

    /**
     * The guest wrote IER, which Linux does when a message or a transmission is at its end (and at other times, so this may
     * come without any output). What it sent so far has been offered to {@link #output}. On a vCPU's thread.
     */
    default void outputComplete() {}

    /** There is room again after {@link Uart16550#offer} took less than it was given. On a vCPU's thread, as a rule. */
    default void inputSpace() {}
}
