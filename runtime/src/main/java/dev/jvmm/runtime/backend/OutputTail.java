package dev.jvmm.runtime.backend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads what a process complains about, on a thread of its own, and keeps the end of it. */
final class OutputTail {
    private static final int KEPT = 8 << 10;
    private static final long JOIN_MILLIS = 2_000;

    private final byte[] ring = new byte[KEPT];
    private long total;
    private final Thread reader;

    OutputTail(InputStream in, String name) {
        reader = new Thread(() -> drain(in), name);
        reader.setDaemon(true);
        reader.start();
    }

    private void drain(InputStream in) {
        byte[] chunk = new byte[1024];
        try (in) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                keep(chunk, count);
            }
        } catch (IOException e) {
            // The process is gone, and its last words are what came before.
        }
    }

    private synchronized void keep(byte[] chunk, int count) {
        for (int i = 0; i < count; i++) {
            ring[(int) (total++ % KEPT)] = chunk[i];
        }
    }

    /** What came last, without surrounding blanks. Waits for a process that has ended, not for one that runs. */
    String text(boolean processEnded) throws InterruptedException {
        if (processEnded) {
            reader.join(JOIN_MILLIS);
        }
        synchronized (this) {
            int length = (int) Math.min(total, KEPT);
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = ring[(int) ((total - length + i) % KEPT)];
            }
            return new String(bytes, StandardCharsets.UTF_8).strip();
        }
    }
}
