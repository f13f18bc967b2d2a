package dev.jvmm.cli;

import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a guest's console shows, as text; may be plugged into one machine after another. */
final class TextConsole implements SerialHost {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void connect(SerialGuest guest) {}

    @Override
    public synchronized void fromGuest(ByteBuffer more) {
        while (more.hasRemaining()) {
            bytes.write(more.get());
        }
        notifyAll();
    }

    @Override
    public void guestCanReceive() {}

    @Override
    public void disconnect() {}

    synchronized String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Waits for the text; returns whether it came in time. */
    synchronized boolean await(String wanted, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; !text().contains(wanted)
                && left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
        return text().contains(wanted);
    }
}
