package dev.jvmm.cli;

import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a guest's console shows, as text; may be plugged into one machine after another. */
final class TextConsole implements SerialHost {
    /** A port may keep bytes for a while. */
    private static final long FLUSH_MILLIS = 10;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile SerialGuest guest = (from, offset, length) -> 0;

    @Override
    public void connect(SerialGuest end) {
        guest = end;
    }

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

    /** Forgets what it showed. */
    synchronized void clear() {
        bytes.reset();
    }

    /** Types a few characters. */
    void type(String text) {
        byte[] typed = text.getBytes(StandardCharsets.UTF_8);
        if (guest.toGuest(typed, 0, typed.length) != typed.length) {
            throw new AssertionError("the guest's serial port is full");
        }
    }

    /** Waits for the text; returns whether it came in time. */
    boolean await(String wanted, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (!text().contains(wanted)) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            synchronized (this) {
                wait(FLUSH_MILLIS);
            }
            guest.flush();
        }
        return true;
    }

    /** Waits for a whole line that begins so, and gives it; or, when it does not come in time, all there was. */
    String awaitLine(String start, long millis) throws InterruptedException {
        Pattern line = Pattern.compile("(?m)^" + Pattern.quote(start) + ".*\\R");
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (System.nanoTime() - deadline < 0) {
            Matcher matcher = line.matcher(text());
            if (matcher.find()) {
                return matcher.group().strip();
            }
            synchronized (this) {
                wait(FLUSH_MILLIS);
            }
            guest.flush();
        }
        return text();
    }
}
