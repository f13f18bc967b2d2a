package dev.jvmm.machine;

/**
 * The host's end of a guest's serial port, given to the machine when it is made. A real UART has no flow control here: the
 * host's end holds the guest back by not returning from {@link #fromGuest}.
 */
public interface SerialHost {
    /** Drops all output and has no input; the machine need not build a port for it. */
    SerialHost NONE = new SerialHost() {
        @Override
        public void connect(SerialGuest guest) {}

        @Override
        public void fromGuest(byte value) {}

        @Override
        public void guestCanReceive() {}

        @Override
        public void disconnect() {}
    };

    /** Called once, before the guest runs. */
    void connect(SerialGuest guest);

    /** The guest sent a byte. On a vCPU's thread; blocks while the host's side is full, and never after {@link #disconnect}. */
    void fromGuest(byte value);

    /** There is room in the receiver again after {@link SerialGuest#toGuest} took less than was offered. On a vCPU's thread. */
    void guestCanReceive();

    /** The machine ends: whoever waits in {@link #fromGuest} returns. Any thread. Bytes taken before are still delivered. */
    void disconnect();
}
