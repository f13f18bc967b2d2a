package dev.jvmm.legacy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Keeps what comes, as far as its appetite goes. */
final class RecordingPeer implements SerialPeer {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private int appetite = Integer.MAX_VALUE;
    int calls;
    int pendings;
    int completed;
    int spaces;

    @Override
    public synchronized void output(ByteBuffer bytes) {
        calls++;
        while (bytes.hasRemaining() && appetite > 0) {
            taken.write(bytes.get());
            appetite -= appetite == Integer.MAX_VALUE ? 0 : 1;
        }
    }

    @Override
    public synchronized void outputPending() {
        pendings++;
    }

    @Override
    public synchronized void outputComplete() {
        completed = taken.size();
    }

    @Override
    public synchronized void inputSpace() {
        spaces++;
    }

    synchronized void appetite(int bytes) {
        appetite = bytes;
    }

    synchronized String text() {
        return taken.toString(StandardCharsets.ISO_8859_1);
    }

    synchronized byte[] bytes() {
        return taken.toByteArray();
    }
}
