package dev.jvmm.benchmarks;

import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Lines of a guest's console, each with the moment at which it was whole. One thread writes, one waits. */
final class LineWatch {
    private record Line(String text, long nanos) {}

    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final StringBuilder line = new StringBuilder();

    /** Takes output. */
    void add(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            char c = (char) (bytes.get() & 0xFF);
            if (c == '\n') {
                lines.add(new Line(line.toString().strip(), System.nanoTime()));
                line.setLength(0);
            } else {
                line.append(c);
            }
        }
    }

    /**
     * Waits for a line.
     *
     * @return {@link System#nanoTime} when it was whole
     * @throws IllegalStateException with what came in its place
     */
    long await(String wanted, long seconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        StringBuilder others = new StringBuilder();
        while (true) {
            Line next = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new IllegalStateException("no line '" + wanted + "' within " + seconds + " s but:\n" + others);
            }
            if (next.text().equals(wanted)) {
                return next.nanos();
            }
            others.append(next.text()).append('\n');
        }
    }
}
