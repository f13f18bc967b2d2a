package dev.jvmm.cli;

import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import java.nio.ByteBuffer;

/** Keeps the last of what a guest said, for the case that something goes wrong. */
final class ConsoleTail implements SerialHost {
    private static final int KEPT = 4096;

    private final Timeline timeline;
    private final byte[] ring = new byte[KEPT];
    private long count;

    ConsoleTail(Timeline timeline) {
        this.timeline = timeline;
    }

    @Override
    public void connect(SerialGuest guest) {}

    @Override
    public synchronized void fromGuest(ByteBuffer bytes) {
        if (count == 0) {
            timeline.mark(Timeline.Step.FIRST_CONSOLE_BYTE);
        }
        while (bytes.hasRemaining()) {
            ring[(int) (count % KEPT)] = bytes.get();
            count++;
        }
    }

    @Override
    public void guestCanReceive() {}

    @Override
    public void disconnect() {}

    synchronized byte[] bytes() {
        int length = (int) Math.min(count, KEPT);
        byte[] last = new byte[length];
        for (int i = 0; i < length; i++) {
            last[i] = ring[(int) ((count - length + i) % KEPT)];
        }
        return last;
    }
}
